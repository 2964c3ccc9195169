// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// stopGrace is how long a component may take to end in its own way.
	stopGrace = 15 * time.Second
	// logTailBytes is how much of the end of a log is shown when its component has died.
	logTailBytes = 4 << 10
)

// Process is a child of the cluster: one of its components, or what StartProcess started.
type Process struct {
	name    string
	log     string
	command *exec.Cmd

	expected atomic.Bool // its exit is no failure
	exited   chan struct{}
	err      error // set before exited is closed
}

// StartProcess starts a further child, such as a scheduler. Its output is appended to Dir()/name.log. It
// ends with the cluster; if it ends before and neither Stop, Kill nor ExpectExit was called, Failed reports it.
func (c *Cluster) StartProcess(name, binary string, args ...string) (*Process, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.stopping {
		return nil, fmt.Errorf("starting %s: the cluster is stopped", name)
	}
	p := &Process{
		name:    name,
		log:     c.path(name + ".log"),
		command: exec.Command(binary, args...),
		exited:  make(chan struct{}),
	}
	output, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer output.Close() // The child has its own copy.
	p.command.Stdout, p.command.Stderr = output, output
	// Outside the terminal's foreground group Ctrl-C reaches this process alone, which then stops the
	// components in order.
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: c.reaper.group()}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	c.processes = append(c.processes, p)
	go c.watch(p)
	return p, nil
}

// watch waits for the process's end, and reports one that nobody asked for before it says that it exited.
func (c *Cluster) watch(p *Process) {
	defer close(p.exited)
	p.err = p.command.Wait()
	if p.expected.Load() {
		return
	}
	select {
	case c.failed <- p.failure():
	default: // The first failure is the cause; the others follow from it.
	}
}

// Stop asks the process to end, kills it if it takes too long, and returns when it is gone. Stopping a
// process that has ended does nothing.
func (p *Process) Stop() error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.signal(syscall.SIGCONT); err != nil { // one that is paused has to wake up for it
		return err
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopGrace):
		return errors.Join(
			fmt.Errorf("%s did not stop within %v and was killed; the end of its log (%s):\n%s", p.name, stopGrace, p.log, p.logTail()),
			p.Kill())
	}
}

// Kill ends the process at once, with SIGKILL, and returns when it is gone. Killing a process that has ended
// does nothing.
func (p *Process) Kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.exited
	return nil
}

func (p *Process) signal(signal os.Signal) error {
	p.ExpectExit()
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("sending %s %v: %w", p.name, signal, err)
	}
	return nil
}

// ExpectExit says that the process may end by itself: Failed does not report it.
func (p *Process) ExpectExit() { p.expected.Store(true) }

// Exited is closed when the process has ended, for whatever reason.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Err is how the process ended: nil while it runs or if its exit status was 0, else usually an
// *exec.ExitError.
func (p *Process) Err() error {
	select {
	case <-p.exited:
		return p.err
	default:
		return nil
	}
}

// Pid is the id of the process.
func (p *Process) Pid() int { return p.command.Process.Pid }

// LogFile is the path of what the process wrote to its standard output and standard error.
func (p *Process) LogFile() string { return p.log }

// failure describes the end of a process that has exited.
func (p *Process) failure() error {
	return fmt.Errorf("%s exited: %v; the end of its log (%s):\n%s", p.name, p.command.ProcessState, p.log, p.logTail())
}

// logTail is the end of the log, in whole lines. A log that cannot be read is described instead.
func (p *Process) logTail() string {
	file, err := os.Open(p.log)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err.Error()
	}
	start := max(0, size-logTailBytes)
	tail := make([]byte, size-start)
	if _, err := file.ReadAt(tail, start); err != nil {
		return err.Error()
	}
	text := string(tail)
	if start > 0 {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}
