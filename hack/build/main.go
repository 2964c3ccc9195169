// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command build compiles Go programs into a directory and shows how far it has
// come: the first build of a whole Kubernetes control plane takes minutes.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"golang.org/x/term"
)

func main() {
	directory := flag.String("o", "", "the directory to build into")
	ldflags := flag.String("ldflags", "", "flags for the linker")
	flag.Parse()
	if err := run(*directory, *ldflags, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(directory, ldflags string, packages []string) error {
	if directory == "" || len(packages) == 0 {
		return errors.New("usage: build -o DIRECTORY [-ldflags FLAGS] PACKAGES")
	}
	progress := newProgress(os.Stderr)
	list := append([]string{"list", "-deps"}, packages...)
	dependencies := 0
	if err := goCommand(list, progress, func(string) { dependencies++ }); err != nil {
		return fmt.Errorf("listing the packages to build: %w", err)
	}
	progress.total = dependencies
	build := append([]string{"build", "-v", "-o", directory + "/", "-ldflags", ldflags}, packages...)
	if err := goCommand(build, progress, func(string) {}); err != nil {
		return fmt.Errorf("building: %w", err)
	}
	progress.finish()
	return nil
}

// goCommand runs the go command, which says on stderr what it downloads and
// compiles.
func goCommand(args []string, progress *progress, output func(line string)) error {
	command := exec.Command("go", args...)
	stdout, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	stderr, err := command.StderrPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		eachLine(stdout, output)
	}()
	eachLine(stderr, progress.line)
	<-read
	return command.Wait()
}

func eachLine(from io.Reader, do func(line string)) {
	for scanner := bufio.NewScanner(from); scanner.Scan(); {
		do(scanner.Text())
	}
}

// progress counts what the go command says, and shows the count now and then.
type progress struct {
	to         *os.File
	inPlace    bool
	every      time.Duration
	start      time.Time
	shown      time.Time
	downloaded int
	compiled   int
	total      int
}

func newProgress(to *os.File) *progress {
	p := &progress{to: to, start: time.Now(), every: 15 * time.Second}
	if p.inPlace = term.IsTerminal(int(to.Fd())); p.inPlace {
		p.every = time.Second / 4
	}
	return p
}

// packagePath is how the go command names a package that it has compiled.
var packagePath = regexp.MustCompile(`^[\w.~/-]+$`)

func (p *progress) line(text string) {
	switch {
	case strings.HasPrefix(text, "go: downloading "):
		p.downloaded++
	case packagePath.MatchString(text):
		p.compiled++
	default:
		fmt.Fprintln(p.to, text) // an error, or a warning
	}
	if time.Since(p.shown) >= p.every {
		p.show()
	}
}

func (p *progress) show() {
	p.shown = time.Now()
	text := fmt.Sprintf("building: %d modules downloaded, %d of at most %d packages compiled, %s",
		p.downloaded, p.compiled, p.total, time.Since(p.start).Round(time.Second))
	if p.inPlace {
		fmt.Fprintf(p.to, "\r\x1b[K%s", text)
		return
	}
	fmt.Fprintln(p.to, text)
}

func (p *progress) finish() {
	p.show()
	if p.inPlace {
		fmt.Fprintln(p.to)
	}
}
