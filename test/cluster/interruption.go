// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"slices"
	"syscall"
)

// Restart starts a process that has ended once more, as it was started: at the same ports, and on the same
// data. It returns before the process answers.
func (c *Cluster) Restart(p *Process) (*Process, error) {
	select {
	case <-p.exited:
	default:
		return nil, fmt.Errorf("starting %s again: it has not ended", p.name)
	}
	next, err := c.StartProcess(p.name, p.command.Path, p.command.Args[1:]...)
	if err != nil {
		return nil, err
	}
	c.takePlace(next, p)
	return next, nil
}

// takePlace has a process be stopped when the one before would have been: what others are connected to goes
// after them.
func (c *Cluster) takePlace(next, before *Process) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.processes = slices.DeleteFunc(c.processes, func(p *Process) bool { return p == next })
	if at := slices.Index(c.processes, before); at >= 0 {
		c.processes[at] = next
	} else {
		c.processes = append(c.processes, next)
	}
}

// Pause freezes the process where it is, with SIGSTOP, until Resume or its end.
func (p *Process) Pause() error { return p.send(syscall.SIGSTOP) }

// Resume has a process go on that was paused.
func (p *Process) Resume() error { return p.send(syscall.SIGCONT) }

func (p *Process) send(signal syscall.Signal) error {
	if err := p.command.Process.Signal(signal); err != nil {
		return fmt.Errorf("sending %s %v: %w", p.name, signal, err)
	}
	return nil
}
