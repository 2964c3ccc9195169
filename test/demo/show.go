// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/loadline-dev/loadline/test/demo/internal/screen"
	"github.com/loadline-dev/loadline/test/demo/internal/svg"
)

const (
	// drawInterval is the time between two frames.
	drawInterval = 500 * time.Millisecond
	// summaryInterval is the time between two lines about the nodes, where frames
	// cannot be drawn.
	summaryInterval = 5 * time.Second
	// minColumns and maxColumns bound the width of a frame.
	minColumns, maxColumns = 60, 116
	// recordedColumns is the width of what is recorded.
	recordedColumns = 100
	// shownEvents is how many of the latest events are on the screen.
	shownEvents = 3
)

// body draws the middle of the screen, this wide.
type body func(now time.Time, width int) []screen.Row

// show is what the audience sees: the act that plays, the body of the screen and
// what has happened. It is safe for concurrent use.
type show struct {
	mutex    sync.Mutex
	started  time.Time
	version  string // of Kubernetes
	title    string
	watch    string // what to look at
	note     string
	body     body
	alert    string // what is wrong with the cluster
	steps    []step
	events   []event
	latest   moment
	frozen   bool
	terminal *screen.Terminal // nil where lines are printed instead
	file     *os.File
	summary  time.Time // of the last line about the nodes
	recorder *svg.Recorder
	failure  error // the first, of drawing
}

// event is something that happened.
type event struct {
	after time.Duration // since the start of the show
	text  string
}

// step is something that the demo does, and what came of it.
type step struct {
	text    string
	outcome string
	done    bool
	since   time.Time
	took    time.Duration
}

func newShow(file *os.File, record bool) (*show, error) {
	s := &show{started: time.Now(), file: file, body: func(time.Time, int) []screen.Row { return nil }}
	if record {
		s.recorder = &svg.Recorder{Columns: recordedColumns}
	}
	if !screen.IsTerminal(file) {
		return s, nil
	}
	var err error
	s.terminal, err = screen.OpenTerminal(file)
	return s, err
}

// run draws until the context ends.
func (s *show) run(ctx context.Context, now func() time.Time) {
	ticker := time.NewTicker(drawInterval)
	defer ticker.Stop()
	for {
		s.draw(now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *show) draw(now time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.frozen {
		return
	}
	if s.recorder != nil {
		s.recorder.Add(s.frame(now, recordedColumns), now)
	}
	if s.terminal == nil {
		s.summarize(now)
		return
	}
	s.fail(s.terminal.Draw(s.frame(now, s.columns())))
}

// columns is the width of a frame for the terminal.
func (s *show) columns() int { return min(max(s.terminal.Columns(), minColumns), maxColumns) }

// frame is the whole picture.
func (s *show) frame(now time.Time, width int) screen.Frame {
	about := "simulated nodes, 1 s intervals"
	if s.version != "" {
		about = "a real Kubernetes " + s.version + " with " + about
	}
	frame := screen.Frame{
		screen.Between(screen.Row{{Style: screen.Accent, Text: "LOADLINE"}}, screen.Row{{Style: screen.Dim, Text: about}}, width),
		nil,
		{{Style: screen.Bold, Text: s.title}},
	}
	for _, line := range screen.Wrap(s.watch, width) {
		frame = append(frame, screen.Row{{Text: line}})
	}
	for _, line := range screen.Wrap(s.note, width) {
		frame = append(frame, screen.Row{{Style: screen.Dim, Text: line}})
	}
	frame = append(frame, nil)
	frame = append(frame, s.body(now, width)...)
	frame = append(frame, nil)
	for i := range shownEvents {
		if i >= len(s.events) {
			frame = append(frame, nil)
			continue
		}
		shown := s.events[max(0, len(s.events)-shownEvents)+i]
		frame = append(frame, screen.Row{
			screen.Text(screen.Dim, "%5.1f s  ", shown.after.Seconds()),
			{Text: shown.text},
		}.Fit(width))
	}
	return frame
}

// act begins an act.
func (s *show) act(title, watch, note string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.title, s.watch, s.note = title, watch, note
	s.steps, s.events = nil, nil
	s.printf("\n== %s\n", title)
	for _, text := range []string{watch, note} {
		if text != "" {
			s.printf("   %s\n", text)
		}
	}
}

// setBody changes the body of the screen.
func (s *show) setBody(body body) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.body = body
}

// setAlert changes what is shown in red. Empty: nothing.
func (s *show) setAlert(alert string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.alert = alert
}

func (s *show) setVersion(version string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.version = version
}

// event tells what happened.
func (s *show) event(format string, args ...any) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	happened := event{time.Since(s.started), fmt.Sprintf(format, args...)}
	s.events = append(s.events, happened)
	s.printf("%6.1f s  %s\n", happened.after.Seconds(), happened.text)
}

// step tells what is being done. The step before it is done.
func (s *show) step(format string, args ...any) {
	s.stepDone()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.steps = append(s.steps, step{text: fmt.Sprintf(format, args...), since: time.Now()})
	s.printf("%6.1f s  %s\n", time.Since(s.started).Seconds(), s.steps[len(s.steps)-1].text)
}

// outcome tells what came of the last step, which is done.
func (s *show) outcome(format string, args ...any) {
	s.stepDone()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	last := &s.steps[len(s.steps)-1]
	last.outcome = fmt.Sprintf(format, args...)
	s.printf("%6.1f s    -> %s\n", time.Since(s.started).Seconds(), last.outcome)
}

// stepDone ends the last step.
func (s *show) stepDone() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.steps) == 0 {
		return
	}
	last := &s.steps[len(s.steps)-1]
	if !last.done {
		last.done, last.took = true, time.Since(last.since)
	}
}

// observe takes the latest moment.
func (s *show) observe(m moment) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.latest = m
}

// now is the latest moment.
func (s *show) now() moment {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.latest
}

// finish shows a last frame, which stays.
func (s *show) finish(frame func(width int) screen.Frame) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.recorder != nil {
		s.recorder.AddLast(frame(recordedColumns))
	}
	if s.terminal != nil {
		s.fail(s.terminal.Leave(frame(s.columns())))
	}
	for _, row := range frame(recordedColumns) {
		s.printf("%s\n", strings.TrimRight(row.Text(), " "))
	}
	s.frozen = true
}

// close gives the terminal back.
func (s *show) close() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.frozen = true
	if s.terminal == nil {
		return s.failure
	}
	err := errors.Join(s.failure, s.terminal.Close())
	s.terminal = nil
	return err
}

// summarize prints a line about the nodes, once in a while.
func (s *show) summarize(now time.Time) {
	if len(s.latest.memory) == 0 || now.Sub(s.summary) < summaryInterval {
		return
	}
	s.summary = now
	s.printf("%6.1f s  node memory %%:", now.Sub(s.started).Seconds())
	for _, memory := range s.latest.memory {
		s.printf(" %3.0f", 100*memory)
	}
	s.printf(" | killed %d | running %d | pending %d | measured %.1f s ago\n",
		s.latest.pods.killed, s.latest.pods.running, len(s.latest.pods.pending), s.latest.age().Seconds())
}

// printf writes to a file that is no terminal, until the last frame.
func (s *show) printf(format string, args ...any) {
	if s.terminal != nil || s.frozen || s.failure != nil {
		return
	}
	_, err := fmt.Fprintf(s.file, format, args...)
	s.fail(err)
}

func (s *show) fail(err error) {
	if s.failure == nil && err != nil {
		s.failure = fmt.Errorf("drawing: %w", err)
	}
}
