// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/relay"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// dashboardFlags are what a person says of the page.
type dashboardFlags struct {
	systemNamespace, local, localDescheduler, address string
	port                                              int
	noBrowser                                         bool
}

func newDashboardCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := dashboardFlags{systemNamespace: v1alpha1.DefaultRulesNamespace}
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "dashboard",
		Short: "Show nodes, rules, waiting pods and evictions in a browser",
		Long: `Show nodes, rules, waiting pods and evictions in a browser.

The page is served by the scheduler. This command listens on this machine alone, and
passes what the browser asks for on to the scheduler's replica that leads, through a
port-forward to its pod, which needs the rights to list pods and to create
pods/portforward in its namespace. What would be evicted is asked of the descheduler,
if there is one. Nothing can be changed on the page. When another replica comes to
lead, that one is asked.

Everybody who works on this machine can look at the page, too, as long as this runs.`,
		Example: `  # Open the page in the browser
  kubectl loadline dashboard

  # On a machine that is reached by ssh -L 8080:127.0.0.1:8080
  kubectl loadline dashboard --port 8080 --no-browser`,
		Args:                  cobra.NoArgs,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, _ []string) error {
			d, err := flags.newDashboard(cluster, streams)
			if err != nil {
				return err
			}
			return d.run(command.Context())
		},
	}
	command.Flags().IntVar(&flags.port, "port", 0, "The port of this machine to serve at. 0 is any that is free.")
	command.Flags().StringVar(&flags.address, "address", "127.0.0.1", "The address of this machine to serve at, which must be a loopback address.")
	command.Flags().BoolVar(&flags.noBrowser, "no-browser", false, "Open no browser.")
	command.Flags().StringVar(&flags.systemNamespace, "system-namespace", flags.systemNamespace, "The namespace that Loadline runs in.")
	command.Flags().StringVar(&flags.local, "local", "", "The address (HOST:PORT) of a scheduler to ask, instead of those in the cluster.")
	command.Flags().StringVar(&flags.localDescheduler, "local-descheduler", "", "The address (HOST:PORT) of a descheduler to ask, instead of those in the cluster.")
	cluster.addTo(command, false)
	mustComplete(command, "address", completeFormats("127.0.0.1", "::1"))
	return command
}

// dashboard serves the page on this machine.
type dashboard struct {
	*dashboardFlags
	scheduler *relay.Relay
	handler   http.Handler
	out       io.Writer
	say       func(news string)
}

func (f *dashboardFlags) newDashboard(cluster *connection, streams genericiooptions.IOStreams) (*dashboard, error) {
	if err := checkAddress("--local", f.local); err != nil {
		return nil, err
	}
	if err := checkAddress("--local-descheduler", f.localDescheduler); err != nil {
		return nil, err
	}
	asker := replica.Asker{Namespace: f.systemNamespace, Timeout: oneLook, Clock: clock.RealClock{}}
	if f.local == "" {
		var err error
		if asker.Client, asker.Config, err = cluster.client(); err != nil {
			return nil, err
		}
	}
	scheduler, descheduler := asker, asker
	scheduler.Program, scheduler.Local = replica.Scheduler(), f.local
	descheduler.Program, descheduler.Local = replica.Descheduler(), f.localDescheduler
	d := &dashboard{dashboardFlags: f, out: streams.Out, say: sayTo(streams.ErrOut)}
	d.scheduler = relay.New(&scheduler, d.say)
	if f.local != "" && f.localDescheduler == "" {
		d.handler = relay.Handler(d.scheduler, relay.Nobody("no descheduler is asked: --local is for the scheduler, and --local-descheduler for the descheduler"))
	} else {
		d.handler = relay.Handler(d.scheduler, relay.New(&descheduler, d.say))
	}
	return d, nil
}

// sayTo prints lines, for several at a time.
func sayTo(out io.Writer) func(line string) {
	var mutex sync.Mutex
	return func(line string) {
		mutex.Lock()
		defer mutex.Unlock()
		fmt.Fprintln(out, line)
	}
}

// run serves until the context ends. That nobody answers at the beginning is an error:
// there is nothing to show, or it may not be shown.
func (d *dashboard) run(ctx context.Context) error {
	listener, err := d.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := d.scheduler.Check(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- inspect.Serve(ctx, listener, d.handler) }()
	page := "http://" + listener.Addr().String() + "/"
	fmt.Fprintf(d.out, "Serving on %s — Ctrl-C ends it\n", page)
	if !d.noBrowser {
		if err := openBrowser(ctx, page); err != nil && ctx.Err() == nil {
			d.say(fmt.Sprintf("warning: no browser was opened: %v: open %s yourself", err, page))
		}
	}
	return <-ended
}

// listen opens the address to serve at. There is no authentication, so others must not
// reach it.
func (d *dashboard) listen() (net.Listener, error) {
	address, err := netip.ParseAddr(d.address)
	if err != nil || !address.IsLoopback() {
		return nil, fmt.Errorf("--address %q is not a loopback address, at which this machine alone can be reached: give 127.0.0.1 or ::1, and forward the port, such as by ssh -L, to look from elsewhere", d.address)
	}
	if d.port < 0 || d.port > math.MaxUint16 {
		return nil, fmt.Errorf("--port %d is no port: give one from 1 to %d, or 0 for any that is free", d.port, math.MaxUint16)
	}
	listener, err := net.Listen("tcp", netip.AddrPortFrom(address, uint16(d.port)).String())
	if err != nil {
		return nil, fmt.Errorf("serving the page (--port 0 takes a port that is free): %w", err)
	}
	return listener, nil
}
