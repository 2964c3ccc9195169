// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package browser looks at the web page in a real browser, as a person does and as a
// screen reader does, while a cluster in a box runs behind it: with twelve nodes of
// all kinds, and with five thousand.
//
// The browser is Debian's Chromium, driven by the steps in steps.mjs. With
// -browser.screenshots=FOLDER the pictures of the documentation are made:
//
//	make screenshots
package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/test/cluster"
)

var screenshots = flag.String("browser.screenshots", "", "folder to write the pictures of the documentation to")

// stepTimeout bounds a step, which mostly takes less than a second.
const stepTimeout = 3 * time.Minute

// browser is a running Chromium, in which steps are made.
type browser struct {
	testing.TB
	steps   *json.Encoder
	answers chan answer
}

// answer is what came of a step.
type answer struct {
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`
}

// startBrowser starts Chromium. Where there is none, the test is skipped; in CI it
// fails.
func startBrowser(t testing.TB) *browser {
	t.Helper()
	chromium := find(t, "chromium", "hack/install-chromium.sh installs it")
	node := find(t, "node", "it comes with Node.js")
	root, err := cluster.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "web", "node_modules", "playwright-core")); err != nil {
		lack(t, "what drives the browser is not installed: npm ci in web")
	}
	command := exec.Command(node, "driver.mjs", chromium)
	command.Stderr = t.Output()
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	b := &browser{TB: t, steps: json.NewEncoder(in), answers: make(chan answer)}
	read := make(chan error, 1)
	go func() { read <- b.read(out) }()
	t.Cleanup(func() {
		_ = in.Close() // which ends it
		for range b.answers {
		}
		if err := errors.Join(<-read, command.Wait()); err != nil {
			t.Errorf("the browser ended: %v", err)
		}
	})
	return b
}

// read reads answers until the end.
func (b *browser) read(out io.Reader) error {
	defer close(b.answers)
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var read answer
		if err := json.Unmarshal(line, &read); err != nil {
			return fmt.Errorf("reading %q: %w", line, err)
		}
		b.answers <- read
	}
}

func find(t testing.TB, program, remedy string) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/" + program, program} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	lack(t, fmt.Sprintf("there is no %s to test with: %s", program, remedy))
	return ""
}

func lack(t testing.TB, missing string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

// in is the same browser for a part of the test.
func (b *browser) in(t testing.TB) *browser {
	part := *b
	part.TB = t
	return &part
}

// options are what a step is told.
type options map[string]any

// try makes a step, reads its result into one, unless that is nil, and returns what went
// wrong on the page.
func (b *browser) try(step string, with options, result any) error {
	b.Helper()
	if err := b.steps.Encode(map[string]any{"step": step, "with": with}); err != nil {
		b.Fatalf("%s: the browser has ended: %v", step, err)
	}
	select {
	case answer, ok := <-b.answers:
		if !ok {
			b.Fatalf("%s: the browser has ended", step)
		}
		if answer.Error != "" {
			return errors.New(answer.Error)
		}
		if result == nil {
			return nil
		}
		if err := json.Unmarshal(answer.Result, result); err != nil {
			b.Fatalf("%s: reading %s: %v", step, answer.Result, err)
		}
		return nil
	case <-time.After(stepTimeout):
		b.Fatalf("%s: no answer of the browser within %v", step, stepTimeout)
		return nil
	}
}

// do makes a step that must succeed.
func (b *browser) do(step string, with options, result any) {
	b.Helper()
	if err := b.try(step, with, result); err != nil {
		b.Fatalf("%s %v: %v", step, with, err)
	}
}

// said is a step whose result is a text.
func (b *browser) said(step string, with options) string {
	b.Helper()
	var text string
	b.do(step, with, &text)
	return text
}

// picture takes one for the documentation, if those are wanted.
func (b *browser) picture(name string, with options) {
	b.Helper()
	if *screenshots == "" {
		return
	}
	path, err := filepath.Abs(filepath.Join(*screenshots, name))
	if err != nil {
		b.Fatal(err)
	}
	with["path"] = path
	b.do("screenshot", with, nil)
}
