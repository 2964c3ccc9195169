// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"slices"
)

var newline = []byte("\n")

// write writes texts until there are no more to come.
func (l *Log) write() {
	w := writer{Log: l}
	for text := range l.texts {
		batch := text
		for more := true; more && len(batch) < maxBatch; {
			select {
			case text, open := <-l.texts:
				batch, more = append(batch, text...), open
			default:
				more = false
			}
		}
		w.batch(batch)
	}
	if l.untold.Load() > 0 {
		w.batch(nil)
	}
}

// writer remembers how the last write went.
type writer struct {
	*Log
	// failing tells that it failed, and torn that it ended within a line.
	failing, torn bool
}

// batch writes some lines, after one that tells how many are missing before. Those
// that cannot be written are dropped: the next may be.
func (w *writer) batch(lines []byte) {
	missing := w.untold.Swap(0)
	if missing > 0 {
		text, err := w.encode(w.clock.Now(), Line{Decision: LinesDropped, Dropped: missing})
		if err != nil {
			panic(err) // it has but strings and a number
		}
		lines = slices.Concat(text, lines)
	}
	begin := 0 // of the lines, after what ends one that was not written wholly
	if w.torn {
		lines, begin = slices.Concat([]byte("\n"), lines), 1
	}
	written, err := w.sink.Write(lines)
	if written > 0 {
		w.torn = lines[written-1] != '\n'
	}
	if err == nil {
		w.recovered()
		return
	}
	w.failed(err)
	done, lost := lines[min(begin, written):written], lines[max(begin, written):]
	if count := bytes.Count(lost, newline); missing > 0 && !bytes.Contains(done, newline) {
		w.untold.Add(missing) // the line that tells of them is lost, too
		w.drop(count - 1)
	} else {
		w.drop(count)
	}
}

func (w *writer) failed(err error) {
	if !w.failing {
		w.logger.Error(err, "Unable to write to the audit log; lines are dropped until it can be written to")
	}
	w.failing = true
}

func (w *writer) recovered() {
	if w.failing {
		w.logger.Info("The audit log is written to again")
	}
	w.failing = false
}
