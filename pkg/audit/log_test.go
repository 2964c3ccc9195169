// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/audit"
)

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// sink fails, or holds up whoever writes, for as long as a test wants it to.
type sink struct {
	mu      sync.Mutex
	written strings.Builder
	// room is how many bytes there is room for. Negative: any number.
	room int
	held chan struct{} // nil: nobody is held up
}

func (s *sink) Write(data []byte) (int, error) {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held != nil {
		<-held
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room < 0 || len(data) <= s.room {
		s.written.Write(data)
		return len(data), nil
	}
	n := s.room
	s.room = 0
	s.written.Write(data[:n])
	return n, syscall.ENOSPC
}

func (s *sink) setRoom(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room = bytes
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.String()
}

// auditLog is a log in a test.
type auditLog struct {
	*audit.Log
	*testing.T
	registry metrics.KubeRegistry
	logged   *ktesting.BufferTL
}

func newLog(t *testing.T, to io.Writer) auditLog {
	t.Helper()
	logged := &ktesting.BufferTL{}
	logger := ktesting.NewLogger(logged, ktesting.NewConfig())
	l := auditLog{Log: audit.New(logger, clocktesting.NewFakePassiveClock(now), to, "program", "here"), T: t, registry: metrics.NewKubeRegistry(), logged: logged}
	if err := l.RegisterMetrics(l.registry.Register); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l auditLog) add(name string) {
	l.Add(func() audit.Line { return audit.Line{Decision: audit.Placed, Pod: &audit.Pod{Name: name}} })
}

func (l auditLog) await(what string, done func() bool) {
	l.Helper()
	err := wait.PollUntilContextTimeout(l.Context(), time.Millisecond, time.Minute, true, func(context.Context) (bool, error) { return done(), nil })
	if err != nil {
		l.Fatalf("waiting for %s: %v", what, err)
	}
}

// dropped is what the metric says.
func (l auditLog) dropped() float64 {
	l.Helper()
	gathered, err := l.registry.Gather()
	if err != nil {
		l.Fatal(err)
	}
	for _, family := range gathered {
		if family.GetName() == "loadline_audit_lines_dropped_total" {
			return family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return math.NaN()
}

// read are the whole lines, as the names of their pods or what they say is missing.
func read(t *testing.T, text string) (names []string, dropped int64) {
	t.Helper()
	for scanner := bufio.NewScanner(strings.NewReader(text)); scanner.Scan(); {
		var line audit.Line
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			continue // a torn one
		}
		if line.Decision == audit.LinesDropped {
			dropped += line.Dropped
			continue
		}
		names = append(names, line.Pod.Name)
	}
	return names, dropped
}

// Each line says what it is, who has written it, and when it was decided. What is not
// known is left out, and what is no number as well.
func TestLine(t *testing.T) {
	to := &sink{room: -1}
	l := newLog(t, to)
	stop := l.Start()
	l.Add(func() audit.Line {
		return audit.Line{
			Decision: audit.Judged, Before: audit.Number(0.95), After: audit.Number(math.NaN()), Predicted: audit.Number(math.Inf(1)),
			Grounds: audit.Grounds{Node: "a", MeasuredAt: now.Add(-3 * time.Second).In(time.FixedZone("elsewhere", 3600)), AgeSeconds: audit.Age(now, now.Add(-3*time.Second))},
		}
	})
	stop()
	const want = `{"apiVersion":"loadline.dev/v1alpha1","kind":"Decision","time":"2026-11-22T08:00:00Z","component":"program","instance":"here",` +
		`"decision":"Judged","node":"a","measuredAt":"2026-11-22T07:59:57Z","ageSeconds":3,"before":0.95}` + "\n"
	if diff := cmp.Diff(want, to.String()); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

// A log that is turned off does nothing.
func TestOff(t *testing.T) {
	l, err := audit.Open(klog.Background(), clocktesting.NewFakePassiveClock(now), "", "program")
	if err != nil || l != nil {
		t.Fatalf("got %v, %v, want no log", l, err)
	}
	l.Add(func() audit.Line { t.Error("a line is made"); return audit.Line{} })
	if err := l.RegisterMetrics(func(metrics.Registerable) error { return errors.New("registered") }); err != nil {
		t.Error(err)
	}
	l.Start()()
}

// Whoever adds lines is not held up by a sink that is. What there is no room for is
// dropped, counted, and told of.
func TestSlowSink(t *testing.T) {
	to := &sink{room: -1, held: make(chan struct{})}
	l := newLog(t, to)
	stop := l.Start()
	const added = 10000
	for i := range added {
		l.add(fmt.Sprint(i))
	}
	l.await("lines to be dropped", func() bool { return l.dropped() > 0 })
	close(to.held)
	stop()
	names, dropped := read(t, to.String())
	if dropped == 0 || float64(dropped) != l.dropped() || len(names)+int(dropped) != added {
		t.Errorf("%d lines, %d told to be missing, %v counted, want %d together", len(names), dropped, l.dropped(), added)
	}
	if len(names) < 1024 {
		t.Errorf("%d lines, want those at least that there is room for in any case", len(names))
	}
}

// Nobody waits for ever for a sink that takes nothing any more.
func TestSinkThatHangs(t *testing.T) {
	to := &sink{room: -1, held: make(chan struct{})}
	l := newLog(t, to)
	stop := l.Start()
	l.add("a")
	stop()
	close(to.held) // and then all that was begun ends
	l.await("the line to be written", func() bool { return to.String() != "" })
}

// A full disk is told of once, and once more when it is over. The line that it tore
// spoils no other.
func TestFullDisk(t *testing.T) {
	to := &sink{room: 100}
	l := newLog(t, to)
	stop := l.Start()
	for i, name := range []string{"a", "b", "c"} { // of which the first is torn
		l.add(name)
		l.await("a line to be dropped", func() bool { return l.dropped() == float64(i+1) })
	}
	to.setRoom(-1)
	l.add("d")
	l.await("the next line", func() bool { return strings.Contains(to.String(), `"d"`) })
	l.add("e")
	stop()
	names, dropped := read(t, to.String())
	if diff := cmp.Diff([]string{"d", "e"}, names); diff != "" || dropped != 3 {
		t.Errorf("%d lines told to be missing, want 3; lines (-want +got):\n%s", dropped, diff)
	}
	for _, want := range []string{"Unable to write to the audit log", "The audit log is written to again"} {
		if got := strings.Count(l.logged.String(), want); got != 1 {
			t.Errorf("%q is said %d times, want once:\n%s", want, got, l.logged)
		}
	}
}

// A file is for its owner alone, is appended to, and is made anew by whoever rotates
// it moving it away.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(`{"pod":{"name":"before"}}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := audit.Open(klog.Background(), clocktesting.NewFakePassiveClock(now), path, "program")
	if err != nil {
		t.Fatal(err)
	}
	log := auditLog{Log: l, T: t}
	stop := l.Start()
	content := func(path string) string {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(data)
	}
	log.add("one")
	log.await("a line", func() bool { return strings.Contains(content(path), `"one"`) })
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	log.add("two")
	stop()
	old, _ := read(t, content(path+".1"))
	fresh, _ := read(t, content(path))
	if diff := cmp.Diff([][]string{{"before", "one"}, {"two"}}, [][]string{old, fresh}); diff != "" {
		t.Errorf("lines before and after (-want +got):\n%s", diff)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode != 0o600 {
		t.Errorf("mode %v, want 0600", mode)
	}
}

func TestFileThatCannotBe(t *testing.T) {
	_, err := audit.Open(klog.Background(), clocktesting.NewFakePassiveClock(now), "/does/not/exist", "program")
	if err == nil || !strings.Contains(err.Error(), "--audit-log") || !strings.Contains(err.Error(), "/does/not/exist") {
		t.Errorf("got %v, want an error that names the flag and the path", err)
	}
}

// Nobody who adds a line waits for it to be made either.
func TestAddNeverBlocks(t *testing.T) {
	to := &sink{room: -1}
	l := newLog(t, to)
	const added = 10000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range added { // before anybody makes lines
			l.add(fmt.Sprint(i))
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("adding lines blocks")
	}
	l.Start()()
	names, dropped := read(t, to.String())
	if dropped == 0 || len(names)+int(dropped) != added {
		t.Errorf("%d lines, %d told to be missing, want %d together", len(names), dropped, added)
	}
}
