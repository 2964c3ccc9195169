// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// reaper makes sure that nothing outlives the process that started the cluster, even when that is killed
// with SIGKILL.
//
// It is two shells. The anchor leads the process group that every component joins, so that one signal
// reaches them all and the group's id cannot be taken by another while one of them lives. The watcher, in a
// session of its own, reads a pipe whose write end only this process holds: end of file means that this
// process is gone. A child that was being forked at that moment cannot escape, because until it has joined
// the group and become its component it holds that write end too.
type reaper struct {
	anchor, watcher *exec.Cmd
	alive           io.WriteCloser // what the watcher reads
}

const (
	anchorScript = `read -r _`
	// A line means that all is done. A component may be in the middle of a write when it is killed, so
	// that removing the directory can take more than one attempt.
	watcherScript = `
trap '' HUP INT TERM
read -r _ && exit
kill -s KILL -- "-$1"
for _ in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf -- "$2" && exit
	sleep 0.2
done`
)

// startReaper starts the guard of the cluster in dir.
func startReaper(dir string) (*reaper, error) {
	r := new(reaper)
	// Nothing is ever written to the anchor: it, too, ends when this process does. Its arguments, and the
	// watcher's, tell a reader of the process list which cluster they belong to.
	r.anchor = exec.Command("/bin/sh", "-c", anchorScript, "loadline-anchor", dir)
	r.anchor.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := r.anchor.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the reaper: %w", err)
	}
	if err := r.anchor.Start(); err != nil {
		return nil, fmt.Errorf("starting the reaper: %w", err)
	}

	r.watcher = exec.Command("/bin/sh", "-c", watcherScript, "loadline-reaper", fmt.Sprint(r.group()), dir)
	r.watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	alive, err := r.watcher.StdinPipe()
	if err == nil {
		err = r.watcher.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the reaper: %w", err), r.killGroup())
	}
	r.alive = alive
	return r, nil
}

// group is the id of the process group that components belong in.
func (r *reaper) group() int { return r.anchor.Process.Pid }

// killGroup kills what is left of the components.
func (r *reaper) killGroup() error {
	if err := syscall.Kill(-r.group(), syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("killing the components' process group: %w", err)
	}
	_ = r.anchor.Wait() // It was killed: that is no error.
	return nil
}

// dismiss tells the watcher that everything is cleaned up, and waits until it has gone.
func (r *reaper) dismiss() error {
	_, err := io.WriteString(r.alive, "done\n")
	if err = errors.Join(err, r.alive.Close(), r.watcher.Wait()); err != nil {
		return fmt.Errorf("dismissing the reaper: %w", err)
	}
	return nil
}
