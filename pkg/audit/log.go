// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

// Log is where lines go. Nil stands for one that is turned off. It is safe for
// concurrent use.
//
// A line passes through two queues. The first holds what lines are made of, which
// may be large; it is emptied as fast as lines can be made, whoever reads the log.
// The second holds their text.
type Log struct {
	logger    klog.Logger
	clock     clock.PassiveClock
	sink      io.Writer
	component string
	instance  string

	entries chan entry
	texts   chan []byte
	metrics *metrics.Counter
	// untold is how many lines were dropped that no line tells of yet.
	untold atomic.Int64
}

// entry is a line that has yet to be made.
type entry struct {
	time time.Time
	line func() Line
}

// Flag names the path of the log on the command line of each program, and FlagUsage
// says so.
const (
	Flag      = "audit-log"
	FlagUsage = "The file to which a line of JSON is appended for each decision, or \"-\" for standard output. Empty: nowhere."
)

const (
	// maxEntries and maxTexts are how many lines there is room for. A text has about
	// a kilobyte.
	maxEntries = 1024
	maxTexts   = 4096
	// maxBatch is about how many bytes are written at once.
	maxBatch = 64 << 10
	// endTimeout bounds the wait for what is still to be written at the end.
	endTimeout = 2 * time.Second
)

// Open makes the log of a path: "-" is standard output, and nothing is no log at all.
// A file is appended to, and made anew once it has been moved away or removed.
func Open(logger klog.Logger, clock clock.PassiveClock, path, component string) (*Log, error) {
	if path == "" {
		return nil, nil
	}
	instance, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("finding a name for the audit log to go by: %w", err)
	}
	var sink io.Writer = os.Stdout
	if path != "-" {
		if sink, err = openFile(path); err != nil {
			return nil, fmt.Errorf("--%s: %w", Flag, err)
		}
	}
	return New(logger, clock, sink, component, instance), nil
}

// New makes a log of one process, which writes nothing before its start.
func New(logger klog.Logger, clock clock.PassiveClock, sink io.Writer, component, instance string) *Log {
	return &Log{
		logger: logger, clock: clock, sink: sink, component: component, instance: instance,
		entries: make(chan entry, maxEntries), texts: make(chan []byte, maxTexts),
		metrics: metrics.NewCounter(&metrics.CounterOpts{
			Namespace: "loadline", Name: "audit_lines_dropped_total", StabilityLevel: metrics.ALPHA,
			Help: "Number of lines of the audit log that are missing, since they could not be written, or not as fast as they came.",
		}),
	}
}

// RegisterMetrics registers what the log counts.
func (l *Log) RegisterMetrics(register func(metrics.Registerable) error) error {
	if l == nil {
		return nil
	}
	return register(l.metrics)
}

// Add has a line written that is made elsewhere, and soon. It never blocks.
func (l *Log) Add(line func() Line) {
	if l == nil {
		return
	}
	select {
	case l.entries <- entry{l.clock.Now(), line}:
	default:
		l.drop(1)
	}
}

// Start writes the lines that are added, until it is stopped. Stop writes what was
// added before, as far as that can be done in a few seconds.
func (l *Log) Start() (stop func()) {
	if l == nil {
		return func() {}
	}
	ending, ended := make(chan struct{}), make(chan struct{})
	go l.makeTexts(ending)
	go func() {
		defer close(ended)
		l.write()
	}()
	return func() {
		close(ending)
		select {
		case <-ended:
		case <-time.After(endTimeout): // nobody reads standard output any more
		}
	}
}

// makeTexts makes the lines that are added, and those that were when it ends.
func (l *Log) makeTexts(ending <-chan struct{}) {
	defer close(l.texts)
	for {
		select {
		case added := <-l.entries:
			l.makeText(added)
		case <-ending:
			for {
				select {
				case added := <-l.entries:
					l.makeText(added)
				default:
					return
				}
			}
		}
	}
}

func (l *Log) makeText(added entry) {
	text, err := l.encode(added.time, added.line())
	if err != nil {
		l.logger.Error(err, "Unable to write a line of the audit log")
		l.drop(1)
		return
	}
	select {
	case l.texts <- text:
	default:
		l.drop(1)
	}
}

func (l *Log) encode(at time.Time, line Line) ([]byte, error) {
	line.APIVersion, line.Kind = APIVersion, Kind
	line.Component, line.Instance = l.component, l.instance
	line.Time, line.MeasuredAt = at.UTC(), line.MeasuredAt.UTC()
	for i := range line.Others {
		line.Others[i].MeasuredAt = line.Others[i].MeasuredAt.UTC()
	}
	text, err := json.Marshal(line)
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	return append(text, '\n'), nil
}

// drop counts lines that are missing.
func (l *Log) drop(lines int) {
	l.metrics.Add(float64(lines))
	l.untold.Add(int64(lines))
}
