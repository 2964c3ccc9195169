// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/cli/taken"
)

const (
	defaultWait = time.Minute
	// waitPoll is how often the status is read: about as often as a person
	// would want to know.
	waitPoll = time.Second
	// oneLook bounds a single look.
	oneLook = 10 * time.Second
)

func newWaitCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var files []string
	timeout := defaultWait
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "wait -f FILE",
		Short: "Wait until the running scheduler has taken rule sets",
		Long: `Wait until the running scheduler has taken rule sets.

Files hold RuleSets, or ConfigMaps whose data keys hold them, as they were
applied. Nothing is applied here: this reads what the scheduler writes into the
ConfigMap loadline-status. It compares the content to the letter, so the status of
an earlier edit does not count.

The exit code is 0 once all rule sets are in force, 1 as soon as one is refused or
the time is up, and 2 if the status cannot be read at all.`,
		Example: `  # Apply rules, and wait until they are in force
  kubectl apply -f rules.yaml && kubectl loadline wait -f rules.yaml

  # The same for what kustomize makes of them, for at most two minutes
  kubectl kustomize overlays/production | kubectl loadline wait -f - --timeout 2m`,
		Args:                  cobra.NoArgs,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if timeout < 0 {
				return errors.New("--timeout must not be negative")
			}
			sets, err := readTexts(files, streams)
			if err != nil {
				return err
			}
			client, _, err := cluster.client()
			if err != nil {
				return err
			}
			w := waiting{client: client, namespace: cluster.rulesNamespace(), timeout: timeout, streams: streams, left: sets}
			return w.run(command.Context())
		},
	}
	addFilesFlag(command, &files)
	command.Flags().DurationVar(&timeout, "timeout", timeout, "How long to wait. 0 looks once.")
	cluster.addTo(command, true)
	return command
}

// addFilesFlag adds the flag that names the files of the rule sets.
func addFilesFlag(command *cobra.Command, files *[]string) {
	command.Flags().StringSliceVarP(files, "filename", "f", nil, `The files of the rule sets; "-" is the standard input.`)
	if err := command.MarkFlagRequired("filename"); err != nil {
		panic(err) // there is no such flag
	}
}

// readTexts reads what is meant to be rule sets, whether it is valid or not: that
// is for the scheduler to say.
func readTexts(files []string, streams genericiooptions.IOStreams) ([]taken.Set, error) {
	inputs, err := readAll(files, streams.In)
	if err != nil {
		return nil, err
	}
	var sets []taken.Set
	for _, input := range inputs {
		found, problems := taken.Find(input.name, input.data)
		for _, problem := range problems {
			if !problem.Warning {
				return nil, errors.New(problem.String())
			}
			fmt.Fprintln(streams.ErrOut, problem)
		}
		sets = append(sets, found...)
	}
	if len(sets) == 0 {
		return nil, errors.New("there is no RuleSet in the files, nor a ConfigMap with one")
	}
	return sets, nil
}

// waiting waits for rule sets.
type waiting struct {
	client    kubernetes.Interface
	namespace string
	timeout   time.Duration
	streams   genericiooptions.IOStreams

	// left are those that no answer is known of yet.
	left    []taken.Set
	refused bool
	// status is what was read last, and trouble why it could not be.
	status  *taken.Status
	trouble error
}

// run returns when there is an answer of each set, or the time is over.
func (w *waiting) run(ctx context.Context) error {
	once := w.timeout == 0
	limited, cancel := context.WithTimeout(ctx, cmp.Or(w.timeout, oneLook))
	defer cancel()
	err := wait.PollUntilContextCancel(limited, waitPoll, true, func(ctx context.Context) (done bool, err error) {
		err = w.look(ctx)
		return w.refused || len(w.left) == 0 || once, err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !wait.Interrupted(err) {
		return err
	}
	if w.refused {
		return errFound
	}
	if len(w.left) > 0 {
		w.explain(ctx)
		return errFound
	}
	if silence := replica.Silence(ctx, w.client, w.namespace, time.Now()); silence != "" {
		fmt.Fprintf(w.streams.ErrOut, "warning: loadline-scheduler seems not to be running%s\n", silence)
	}
	return nil
}

// look reads the status, and prints the answers that have come. An error ends the
// wait: it will not pass.
func (w *waiting) look(ctx context.Context) error {
	status, err := taken.Read(ctx, w.client, w.namespace)
	switch {
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return err
	case err != nil && ctx.Err() == nil:
		if w.trouble == nil {
			fmt.Fprintf(w.streams.ErrOut, "%v; trying again\n", err)
		}
		w.trouble = err
		return nil
	case err != nil:
		return nil // the time is over
	}
	w.status, w.trouble = status, nil
	w.left = slices.DeleteFunc(w.left, w.answered)
	return nil
}

// answered prints the answer to a set, if there is one.
func (w *waiting) answered(set taken.Set) bool {
	said, _ := w.status.Of(set)
	switch said.State {
	case v1alpha1.InForce:
		fmt.Fprintf(w.streams.Out, "%s: in force\n", set.Label)
		return true
	case v1alpha1.Refused:
		w.refused = true
		instead := "nothing is in force in its place"
		if said.LastGood {
			instead = "the last good content stays in force"
		}
		fmt.Fprintf(w.streams.Out, "%s: refused, %s: %s\n", set.Label, instead, said.Error)
		return true
	default:
		return false
	}
}

// explain says why there is no answer for those that are left.
func (w *waiting) explain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, oneLook)
	defer cancel()
	state := "not in force"
	if w.timeout > 0 {
		state += " after " + model.Duration(w.timeout).String()
	}
	for _, set := range w.left {
		why := ""
		switch {
		case w.trouble != nil:
			why = w.trouble.Error()
		case w.status == nil:
			why = "the API server has not answered"
		default:
			why = w.status.WhyNot(ctx, w.client, w.namespace, set, time.Now())
		}
		fmt.Fprintf(w.streams.Out, "%s: %s: %s\n", set.Label, state, why)
	}
}
