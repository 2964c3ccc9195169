// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/loadline-dev/loadline/test/docs/markdown"
)

const (
	// limit bounds a command. Most take less than a second.
	limit = 2 * time.Minute
	// persistence is how long a command is tried again that fails: what it asks for
	// may come about in a moment.
	persistence = 30 * time.Second
	pause       = 250 * time.Millisecond
)

// runner runs the commands of the documentation.
type runner struct {
	*testing.T
	world                                      *world
	elsewhere, runAs, exits, endless, atTheEnd *table
	// done are the commands that have been run: once for all pages, unless their page
	// has files of its own, or they apply one.
	done map[string]bool
}

// prepared is a command as it is run.
type prepared struct {
	command
	run    string
	folder string
}

// Every command in the documentation does what it should, in the order of its page.
func TestCommands(t *testing.T) {
	all := pages(t)
	r := &runner{
		T: t, world: newWorld(t), done: map[string]bool{},
		elsewhere: newTable("elsewhere", elsewhere), runAs: newTable("runAs", runAs), exits: newTable("exits", exits),
		endless: newList("endless", endless), atTheEnd: newList("atTheEnd", atTheEnd),
	}
	var last []prepared
	for _, page := range all {
		r.applyObjects(page)
		last = append(last, r.runPage(page)...)
	}
	r.world.mayEnd()
	for _, command := range last {
		r.try(command)
	}
	for _, table := range []*table{r.elsewhere, r.runAs, r.exits, r.endless, r.atTheEnd} {
		for _, expression := range table.unused() {
			t.Errorf("no command matches %q any more: take it out of the table %s", expression, table.name)
		}
	}
	t.Logf("%d commands were run", len(r.done))
}

// applyObjects has the API server look at what a page shows of Kubernetes' own kinds,
// without keeping it.
func (r *runner) applyObjects(page *markdown.Page) {
	for _, block := range yamlBlocks(page) {
		object, _, err := kubernetes.Decode([]byte(block.Text), nil, nil)
		if err != nil {
			continue // of another kind, or a part: TestYAML
		}
		if accessor, err := meta.Accessor(object); err == nil {
			r.world.makeNamespace(accessor.GetNamespace())
		}
		if err := r.world.apply(block.Text, "--dry-run=server"); err != nil {
			r.Errorf("%s:%d: the API server refuses this: %v\n%s", page.Name, block.Line, err, block.Text)
		}
	}
}

// runPage runs the commands of a page, but for those that are to be run at the end.
func (r *runner) runPage(page *markdown.Page) (atTheEnd []prepared) {
	folder := ""
	for _, command := range commands(page) {
		text := withoutComment(command.text)
		if _, found := r.elsewhere.find(text); found || !isKnown(programOf(text)) {
			continue
		}
		if r.lacksJQ(command) {
			continue
		}
		if folder == "" {
			folder = filepath.Join(workspace(r, page), startsIn[page.Name])
		}
		next := prepared{command, r.world.fill(r.runAs.replace(text)), folder}
		key := next.run
		if hasOwnFiles(page) || strings.Contains(key, " apply ") {
			key = page.Name + ": " + key
		}
		if r.done[key] {
			continue
		}
		r.done[key] = true
		if _, found := r.atTheEnd.find(text); found {
			atTheEnd = append(atTheEnd, next)
			continue
		}
		r.try(next)
	}
	return atTheEnd
}

// lacksJQ tells whether a command needs jq, and the machine has none. In CI it has.
func (r *runner) lacksJQ(command command) bool {
	if programOf(command.text) != "jq" {
		return false
	}
	_, err := exec.LookPath("jq")
	if err != nil && os.Getenv("CI") != "" {
		r.Errorf("%s:%d: install jq (Debian's package of that name) to run: %s", command.page, command.line, command.text)
	} else if err != nil {
		r.Logf("%s:%d: not run, as there is no jq: %s", command.page, command.line, command.text)
	}
	return err != nil
}

var comment = regexp.MustCompile(`\s+#\s.*$`)

func withoutComment(text string) string { return comment.ReplaceAllString(text, "") }

// hopeless is what is printed where no later try can help.
var hopeless = regexp.MustCompile(`unknown (shorthand )?(flag|command)|(requires|accepts) .*arg\(s\)|No such file or directory|command not found`)

// try runs a command until it ends as it should, for as long as that may take.
func (r *runner) try(command prepared) {
	want := 0
	if code, found := r.exits.find(command.run); found {
		want, _ = strconv.Atoi(code)
	}
	_, goesOn := r.endless.find(command.run)
	started := time.Now()
	var got int
	var output string
	_ = wait.PollUntilContextTimeout(r.Context(), pause, persistence, true, func(context.Context) (ended bool, err error) {
		got, output = r.run(command, goesOn)
		return got == want || hopeless.MatchString(output), nil
	})
	if got != want {
		r.Errorf("%s:%d: %s\nwas run as: %s\nwant exit code %d, got %d and\n%s", command.page, command.line, command.text, command.run, want, got, output)
	}
	r.Logf("%5.1fs %s:%d: %s", time.Since(started).Seconds(), command.page, command.line, command.run)
}

// run runs a command with a shell and tells how it ended. One that goes on is
// interrupted once it has printed something that is no error, and that is a good end.
func (r *runner) run(command prepared, goesOn bool) (code int, output string) {
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", command.run)
	shell.Dir, shell.Env = command.folder, r.environment(command.folder)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to end all that it has started
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	printed := &watched{first: make(chan struct{})}
	shell.Stdout, shell.Stderr = printed, printed
	if err := shell.Start(); err != nil {
		return -1, err.Error()
	}
	interrupted := make(chan bool, 1)
	ended := make(chan struct{})
	go func() {
		select {
		case <-ended:
			interrupted <- false
		case <-printed.first:
			goesOn = goesOn && !strings.HasPrefix(strings.ToLower(printed.String()), "error")
			if goesOn {
				_ = syscall.Kill(-shell.Process.Pid, syscall.SIGINT)
			}
			interrupted <- goesOn
		}
	}()
	err := shell.Wait()
	close(ended)
	exit := (*exec.ExitError)(nil)
	switch cut := <-interrupted; {
	case ctx.Err() != nil:
		return -1, fmt.Sprintf("it did not end within %v, and printed\n%s", limit, printed)
	case cut && (err == nil || errors.As(err, &exit)):
		return 0, printed.String()
	case errors.As(err, &exit):
		return exit.ExitCode(), printed.String()
	case err != nil:
		return -1, err.Error()
	}
	return 0, printed.String()
}

// watched is what a command prints. It tells when there is something.
type watched struct {
	mu    sync.Mutex
	text  bytes.Buffer
	first chan struct{}
}

// Write adds to it.
func (w *watched) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.text.Len() == 0 && len(text) > 0 {
		close(w.first)
	}
	return w.text.Write(text)
}

// String is all of it.
func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// environment is that of a person in a folder, which is also their home. An editor
// leaves everything as it is.
func (r *runner) environment(folder string) []string {
	return append(os.Environ(),
		"HOME="+folder, "KUBECONFIG="+r.world.Kubeconfig(), "KUBE_EDITOR=true", "NO_COLOR=1",
		"PATH="+filepath.Dir(r.world.Binary("kubectl"))+":"+os.Getenv("PATH"))
}
