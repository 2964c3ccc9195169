// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of a series that is kept, in bytes. It is also how much of
// an answer is in memory at a time.
const maxLine = 16 << 10

// choosing picks, out of an answer in Prometheus' text format, the lines of the
// series that are kept, by nothing but their names: most are not kept, and
// reading them in full takes ten times as long.
type choosing struct {
	choose func(name string) priority
	// line, if given, may still refuse a line that was chosen.
	line func(line []byte) bool
	// max is the number of lines that are kept.
	max int
}

// chosenLines are whole lines.
type chosenLines struct {
	first, second chosenPart
	dropped       int
}

type chosenPart struct {
	text []byte
	// ends are where the lines end in text.
	ends []int
}

// text are the lines in the order of their priority.
func (c *chosenLines) text() []byte { return append(c.first.text, c.second.text...) }

// read picks the lines out of an answer.
func (c choosing) read(answer io.Reader) (*chosenLines, error) {
	chosen := &chosenLines{}
	names := nameMemory{choose: c.choose}
	reader := bufio.NewReaderSize(answer, maxLine)
	for number := 1; ; number++ {
		line, err := reader.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !errors.Is(err, io.EOF) && !long {
			return nil, err
		}
		last := err != nil && !long
		line = bytes.TrimLeft(line, " \t") // which the parser would take for a part of the name
		kind, invalid := c.lineKind(line, &names)
		switch {
		case invalid != nil:
			return nil, fmt.Errorf("line %d: %w", number, invalid)
		case long && kind != unwanted:
			return nil, fmt.Errorf("line %d: a series in more than %d KiB", number, maxLine>>10)
		case long:
			if err := skipLine(reader); err != nil {
				return nil, err
			}
		case kind != unwanted:
			chosen.add(line, kind, c.max)
		}
		if last {
			chosen.cut(c.max)
			return chosen, nil
		}
	}
}

// lineKind tells what becomes of a line by its beginning.
func (c choosing) lineKind(line []byte, names *nameMemory) (priority, error) {
	if len(line) == 0 || line[0] == '\n' || line[0] == '#' {
		return unwanted, nil
	}
	kind := second // a name in braces, which the parser has to find
	if line[0] != '{' {
		name := line[:nameLength(line)]
		if len(name) == 0 {
			return unwanted, fmt.Errorf("neither a series nor a comment: %q", line[:min(len(line), 40)])
		}
		kind = names.priorityOf(name)
	}
	if kind != unwanted && c.line != nil && !c.line(line) {
		return unwanted, nil
	}
	return kind, nil
}

// nameLength is the length of the metric name that a line begins with.
func nameLength(line []byte) int {
	for i, c := range line {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(line)
}

func skipLine(reader *bufio.Reader) error {
	for {
		_, err := reader.ReadSlice('\n')
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// nameMemory remembers the last answer, since the series of a metric stand
// together.
type nameMemory struct {
	choose func(name string) priority
	name   []byte
	kind   priority
}

func (m *nameMemory) priorityOf(name []byte) priority {
	if !bytes.Equal(name, m.name) {
		m.name, m.kind = append(m.name[:0], name...), m.choose(string(name))
	}
	return m.kind
}

func (c *chosenLines) add(line []byte, kind priority, limit int) {
	part := &c.second
	if kind == first {
		part = &c.first
	}
	if len(part.ends) == limit {
		c.dropped++
		return
	}
	part.text = append(part.text, line...)
	if line[len(line)-1] != '\n' {
		part.text = append(part.text, '\n')
	}
	part.ends = append(part.ends, len(part.text))
}

// cut drops what is beyond the limit when both parts are taken together.
func (c *chosenLines) cut(limit int) {
	left := limit - len(c.first.ends)
	if len(c.second.ends) <= left {
		return
	}
	c.dropped += len(c.second.ends) - left
	end := 0
	if left > 0 {
		end = c.second.ends[left-1]
	}
	c.second.text = c.second.text[:end]
}
