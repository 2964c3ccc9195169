// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// openTimeout bounds the wait for the program that opens browsers. One that goes on
// for longer is the browser itself.
const openTimeout = 5 * time.Second

// openBrowser has the user's browser open a page.
func openBrowser(ctx context.Context, page string) error {
	command, err := browserCommand(page)
	if err != nil {
		return err
	}
	// What ends this program is not to end a browser.
	if err := command.Start(); err != nil {
		return err
	}
	opened := make(chan error, 1)
	go func() { opened <- command.Wait() }()
	select {
	case err := <-opened:
		if err != nil {
			return fmt.Errorf("%s: %w", command.Args[0], err)
		}
		return nil
	case <-time.After(openTimeout):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// browserCommand is what opens a page on this kind of machine.
func browserCommand(page string) (*exec.Cmd, error) {
	switch runtime.GOOS {
	case "darwin":
		return exec.Command("open", page), nil
	case "windows":
		return exec.Command("rundll32", "url.dll,FileProtocolHandler", page), nil
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil, errors.New("there is no display here")
	}
	return exec.Command("xdg-open", page), nil
}
