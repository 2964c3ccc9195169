// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// A person on call sees which nodes are over their lines, which rules say so, and what
// is done about it: of programs that run, and while the scheduler fails over.
func TestDayTwo(t *testing.T) {
	schedulerPort, deschedulerPort := freePort(t), freePort(t)
	f := newFixtureWith(t, cluster.Options{
		APIServerFlags: []string{"--kubelet-preferred-address-types=InternalIP"},
		KwokConfig:     forwarding("s-1", schedulerPort) + "---\n" + forwarding("d-1", deschedulerPort),
	}, "cool", "hot", "warm")
	f.load("cool", "1Gi")
	f.load("warm", "8Gi")
	f.load("hot", "15Gi") // 94%
	f.applyRules("below-the-line", driftLine)

	code, output := f.loadline(f.Kubeconfig(), "top")
	f.mustPrint(code, output, 2, "error: no scheduler to ask: no pod in namespace \"loadline-system\" has the label app.kubernetes.io/name=loadline-scheduler: ")
	code, output = f.loadline(f.Kubeconfig(), "rules")
	f.mustPrint(code, output, 0, "warning: no scheduler has written ConfigMap loadline-status", "below-the-line   Enforce   not read yet   below-the-line/rules.yaml   ")

	f.replica("s-1")
	f.replicaOf("loadline-descheduler", "d-1")
	start := func(name string) *deploy.Scheduler {
		scheduler, err := deploy.StartScheduler(f, f.Cluster, name, deploy.Options{Flags: []string{
			fmt.Sprintf("--inspect-address=127.0.0.1:%d", schedulerPort),
			"--leader-elect-lease-duration=4s", "--leader-elect-renew-deadline=3s", "--leader-elect-retry-period=500ms",
		}})
		f.must(err)
		return scheduler
	}
	scheduler := start("loadline-scheduler")
	f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{
		DryRun: true, ChangeConfig: hasty, Flags: []string{fmt.Sprintf("--inspect-address=127.0.0.1:%d", deschedulerPort)},
	})
	f.awaitPrinted("the hot node to be over its line", "eviction due", "top", "-o", "wide")
	code, output = f.loadline(f.Kubeconfig(), "top")
	f.mustPrint(code, output, 0, "NODE   MEMORY         HEADROOM   AGE", "\nhot    93.8% of 90%   -10%       ", "over line for ", ": below-the-line/memory-above-90\nwarm   50.0% of 90%   44%        ", "OK\ncool   6.")
	code, output = f.loadline(f.Kubeconfig(), "top", "-l", "kubernetes.io/hostname in (hot, cool)", "--no-headers")
	if f.mustPrint(code, output, 0, "hot ", "\ncool "); strings.Contains(output, "warm") {
		t.Errorf("got\n%s\nwant no node that the selector leaves out", output)
	}
	f.dayTwoNode()
	f.dayTwoRights()
	f.dayTwoRules()
	code, output = f.loadline(f.Kubeconfig(), "version")
	f.mustPrint(code, output, 0, "Loadline: ", "loadline-scheduler: ", " (s-1)\n", "loadline-descheduler: ", " (d-1)\n")

	// What is watched goes on with another scheduler.
	watch, page := f.watch("top", "-w"), f.watchPage()
	watch.await("\nwarm   50.0% of 90%")
	page.awaitAnswer("/", http.StatusOK, "<title>")
	page.awaitAnswer("/v1/nodes?node=hot", http.StatusOK, `"state":"Over"`)
	page.awaitAnswer("/v1/plan", http.StatusOK, `"leading":true`)
	f.must(scheduler.Kill())
	page.awaitAnswer("/v1/nodes?node=hot", http.StatusBadGateway, "no scheduler could be asked: s-1: ")
	watch.await("; trying again\n")
	page.await("; trying again\n")
	f.changeLoad("warm", "15Gi")
	start("another-scheduler")
	watch.await("\nwarm   93.8% of 90%")
	watch.end()
	page.awaitAnswer("/v1/nodes?node=hot", http.StatusOK, `"state":"Over"`)
	page.await("\ns-1 answers now\n")
	page.end()
}

// awaitPrinted runs "kubectl loadline" until it succeeds and prints a text.
func (f *fixture) awaitPrinted(what, text string, arguments ...string) {
	f.Helper()
	f.await(what, func() string {
		if code, output := f.loadline(f.Kubeconfig(), arguments...); code != 0 || !strings.Contains(output, text) {
			return output
		}
		return ""
	})
}

// dayTwoRights has a person look who may do just what the documentation says.
func (f *fixture) dayTwoRights() {
	f.Helper()
	forwards := f.reader("forwards", "", "pods")
	code, output := f.loadline(forwards, "top")
	f.mustPrint(code, output, 2, "error: no scheduler could be asked: s-1: ", `cannot create resource "pods/portforward"`)
	code, output = f.loadline(forwards, "dashboard", "--no-browser")
	f.mustPrint(code, output, 2, "error: no scheduler could be asked: s-1: ", `cannot create resource "pods/portforward"`)
	f.permit("forwards", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods/portforward"}, Verbs: []string{"get", "create"}})
	f.await("the right to forward ports", func() string {
		if code, output = f.loadline(forwards, "top"); strings.Contains(output, "is forbidden") {
			return output
		}
		return ""
	})
	f.mustPrint(code, output, 0, "\nhot    93.8% of 90%")
	code, output = f.loadline(forwards, "explain", "node", "hot")
	f.mustPrint(code, output, 0, "Note:       reading the node: nodes \"hot\" is forbidden", "State:      over line for ", "default/load-on-hot   15Gi   16Mi       93.8%     stays: Bare\n",
		"Earlier evictions: not known: reading ConfigMap loadline-system/loadline-evictions")
}

func (f *fixture) dayTwoRules() {
	f.Helper()
	f.awaitPrinted("the status of the rules", "below-the-line   Enforce   in force   below-the-line/rules.yaml   ", "rules")
	code, output := f.loadline(f.Kubeconfig(), "rules", "below-the-line")
	f.mustPrint(code, output, 0, "Rule set:      below-the-line\nMode:          Enforce\nState:         in force\n", " (Update)\nNodes:         3\n",
		"\nmemory-above-90   memory above 90%, clear 85%   reject, evict after 2s   1      0         0         1         1\n", "\nmemory   3       0         ")
	f.applyRules("below-the-line", strings.Replace(driftLine, "above: 90%", "above: lots", 1))
	f.await("the bad edit to be refused", func() string {
		if code, output = f.loadline(f.Kubeconfig(), "rules"); code != 1 {
			return output
		}
		return ""
	})
	f.mustPrint(code, output, 1, "below-the-line   Enforce   refused, earlier content in force   below-the-line/rules.yaml   ", "1 memory-above-90\n\nbelow-the-line/rules.yaml: refused, earlier content in force: ", "spec.rules[0].when[0].above: Invalid value: \"lots\": ")
	f.applyRules("below-the-line", driftLine)
	f.awaitPrinted("the rules to be in force again", "in force", "rules")
}

func (f *fixture) dayTwoNode() {
	f.Helper()
	f.awaitPrinted("a plan for the node", "moves none: NoneMovable: ", "explain", "node", "hot")
	code, output := f.loadline(f.Kubeconfig(), "explain", "node", "hot")
	f.mustPrint(code, output, 0,
		"Node:       hot\nState:      over line for ", "\nEffects:    refuses pods, eviction due\n", " by s-1",
		"\nbelow-the-line/memory-above-90   memory   above 90%, clear 85%   93.8%      93.8%      ", ": refuses pods, eviction due\n",
		"Pods: 1, by memory of rule set below-the-line, as the scheduler counts them\n", "default/load-on-hot   15Gi   16Mi       93.8%     stays: Bare\n",
		"Evictions:     dry run, so nothing is evicted: planned ", "\nPlan:          below-the-line/memory-above-90: moves none: NoneMovable: none of the 1 pods on the node can be moved: 1 Bare\n", "\nDescheduler:   d-1",
	)
	code, output = f.loadline(f.Kubeconfig(), "explain", "node", "cool")
	f.mustPrint(code, output, 0, "State:      OK\n", "Evictions:     none: no rule asks to move pods off this node now\n", "Earlier evictions: none from this node")
	code, output = f.loadline(f.Kubeconfig(), "explain", "node", "nowhere")
	f.mustPrint(code, output, 1, "there is no node \"nowhere\"")
}

// watched is "kubectl loadline" that goes on.
type watched struct {
	*fixture
	command *exec.Cmd
	output  string
}

// watch starts it. The program is started itself, so that it is the one that is
// interrupted.
func (f *fixture) watch(arguments ...string) *watched {
	f.Helper()
	w := &watched{fixture: f, output: filepath.Join(f.TempDir(), "output")}
	file, err := os.Create(w.output)
	f.must(err)
	defer file.Close()
	w.command = exec.CommandContext(f, f.Binary("kubectl-loadline"), append(arguments, "--kubeconfig="+f.Kubeconfig())...)
	w.command.Stdout, w.command.Stderr = file, file
	f.must(w.command.Start())
	return w
}

// await waits until it has printed a text.
func (w *watched) await(text string) {
	w.Helper()
	w.fixture.await(fmt.Sprintf("%q to print %q", w.command.Args[1:], text), func() string {
		printed, err := os.ReadFile(w.output)
		w.must(err)
		if strings.Contains(string(printed), text) {
			return ""
		}
		return fmt.Sprintf("it has printed %q", printed)
	})
}

// end ends it as Ctrl-C does.
func (w *watched) end() {
	w.Helper()
	w.must(w.command.Process.Signal(os.Interrupt))
	if err := w.command.Wait(); err != nil {
		w.Errorf("it ended with %v, want success", err)
	}
}

// watchedPage is "kubectl loadline dashboard".
type watchedPage struct {
	*watched
	url string
}

// watchPage starts it.
func (f *fixture) watchPage() *watchedPage {
	f.Helper()
	p := &watchedPage{watched: f.watch("dashboard", "--no-browser")}
	p.await("/ — Ctrl-C ends it\n")
	printed, err := os.ReadFile(p.output)
	f.must(err)
	_, url, _ := strings.Cut(string(printed), "Serving on ")
	p.url, _, _ = strings.Cut(url, "/ ")
	return p
}

// awaitAnswer waits until the answer at a path has a status and a text.
func (p *watchedPage) awaitAnswer(path string, want int, text string) {
	p.Helper()
	p.fixture.await(fmt.Sprintf("%s to answer %d and %q", path, want, text), func() string {
		request, err := http.NewRequestWithContext(p, http.MethodGet, p.url+path, nil)
		p.must(err)
		response, err := http.DefaultClient.Do(request)
		p.must(err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		p.must(err)
		if response.StatusCode != want || !strings.Contains(string(body), text) {
			return fmt.Sprintf("it answers %s and %.300s", response.Status, body)
		}
		return ""
	})
}
