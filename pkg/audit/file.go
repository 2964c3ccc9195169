// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// file is one that is appended to, by whatever file has its path: whoever rotates it
// renames it, and tells nobody.
type file struct {
	path string
	open *os.File
}

func openFile(path string) (*file, error) {
	opened, err := appendTo(path)
	if err != nil {
		return nil, err
	}
	return &file{path: path, open: opened}, nil
}

func appendTo(path string) (*os.File, error) {
	opened, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the audit log: %w", err)
	}
	return opened, nil
}

// Write appends to the file.
func (f *file) Write(data []byte) (int, error) {
	if err := f.follow(); err != nil {
		return 0, err
	}
	return f.open.Write(data)
}

// follow opens the file anew if it is no longer the one at its path.
func (f *file) follow() error {
	there, err := os.Stat(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking for the audit log: %w", err)
	}
	ours, statErr := f.open.Stat()
	if statErr != nil {
		return fmt.Errorf("looking at the audit log: %w", statErr)
	}
	if err == nil && os.SameFile(there, ours) {
		return nil
	}
	opened, err := appendTo(f.path)
	if err != nil {
		return err
	}
	f.open.Close() // all that was written is there
	f.open = opened
	return nil
}
