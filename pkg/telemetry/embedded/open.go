// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/fileutil"
	"k8s.io/klog/v2"
)

// asidePrefix is what the names of folders in the data directory begin with that
// hold what could not be read. They are in it and not beside it, since it may be a
// volume of its own.
const asidePrefix = "corrupt-"

// lockFile is the name that the library gives it.
const lockFile = "lock"

// openStorage opens what is stored in a directory. What cannot be read is set aside:
// first the blocks alone, so that the log goes on to give back the latest windows,
// and then everything.
func openStorage(ctx context.Context, directory string, logger *slog.Logger, options *tsdb.Options) (storage *tsdb.DB, setAside bool, err error) {
	open := func() (*tsdb.DB, error) {
		// A registry of its own, since registering twice on one panics.
		return tsdb.Open(directory, logger, prometheus.NewRegistry(), options, nil)
	}
	if err := makeRoom(ctx, directory); err != nil {
		return nil, false, explainLock(err)
	}
	if storage, err = open(); err == nil {
		return storage, false, nil
	}
	for _, belongs := range []func(name string) bool{isBlock, isStored} {
		if !isCorrupt(err) {
			break
		}
		folder := filepath.Join(directory, asidePrefix+time.Now().UTC().Format("20060102T150405Z"))
		klog.FromContext(ctx).Error(err, "What the telemetry data directory holds cannot be read; it is set aside, and what is lost with it begins anew",
			"directory", directory, "movedTo", folder)
		if moved := moveInto(directory, folder, belongs); moved != nil {
			return nil, false, errors.Join(err, moved)
		}
		if storage, err = open(); err == nil {
			return storage, true, nil
		}
	}
	return nil, false, explainLock(err)
}

func explainLock(err error) error {
	if errors.Is(err, syscall.EAGAIN) { // from the lock file
		return fmt.Errorf("another process uses it: %w", err)
	}
	return err
}

// spareRoom is what there has to be room for at least, in bytes.
const spareRoom = 1 << 20

// makeRoom makes sure that there is room for what reading the log writes, since the
// library panics where there is none. Where the disk is full, all that is stored is
// deleted: two hours of it are not worth that pods are not placed.
func makeRoom(ctx context.Context, directory string) error {
	if err := os.MkdirAll(directory, 0o777); err != nil {
		return err
	}
	full := tryRoom(directory)
	if !isFull(full) {
		return full
	}
	lock, _, err := fileutil.Flock(filepath.Join(directory, lockFile))
	if err != nil {
		return err
	}
	klog.FromContext(ctx).Error(full, "There is no space to open the telemetry data directory; all that it holds is deleted", "directory", directory)
	return errors.Join(remove(directory, func(name string) bool { return name != lockFile }), lock.Release())
}

func tryRoom(directory string) error {
	room := int64(spareRoom)
	segments, err := filepath.Glob(filepath.Join(directory, "wal", "*"))
	if err != nil {
		return err
	}
	for _, segment := range segments {
		if info, err := os.Stat(segment); err == nil {
			room += info.Size() / 4 // what chunks need for the samples in the log
		}
	}
	file, err := os.CreateTemp(directory, "room-")
	if err != nil {
		return err
	}
	err = fileutil.Preallocate(file, room, true)
	return errors.Join(err, file.Close(), os.Remove(file.Name()))
}

// isCorrupt tells whether it is the content of the directory that cannot be used, as
// opposed to the directory itself.
func isCorrupt(err error) bool {
	return err != nil && !isFull(err) && !slices.ContainsFunc([]error{
		syscall.EAGAIN, syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.ENOTDIR, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM,
	}, func(environment error) bool { return errors.Is(err, environment) })
}

// isFull tells whether there was no space for what was to be written.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// isBlock tells blocks by their names, which are ULIDs, and isStored all that the
// library makes, but for the lock.
func isBlock(name string) bool { return len(name) == 26 }

func isStored(name string) bool { return name != lockFile && !strings.HasPrefix(name, asidePrefix) }

// moveInto moves what belongs there from a directory into a folder in it, in place of
// what was moved before.
func moveInto(directory, folder string, belongs func(name string) bool) error {
	err := remove(directory, func(name string) bool {
		return strings.HasPrefix(name, asidePrefix) && name != filepath.Base(folder)
	})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("setting aside what cannot be read: %w", err)
	}
	return forEach(directory, belongs, func(path string) error { return os.Rename(path, filepath.Join(folder, filepath.Base(path))) })
}

func remove(directory string, belongs func(name string) bool) error {
	return forEach(directory, belongs, os.RemoveAll)
}

func forEach(directory string, belongs func(name string) bool, do func(path string) error) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return fmt.Errorf("clearing the telemetry data directory: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		if belongs(entry.Name()) {
			errs = append(errs, do(filepath.Join(directory, entry.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("clearing the telemetry data directory: %w", err)
	}
	return nil
}
