// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package markdown reads as much of Markdown as the documentation uses: blocks of
// code, code within lines, links, and the anchors of headings.
package markdown

import (
	"fmt"
	"strings"
)

// Page is a file of Markdown.
type Page struct {
	// Name is its path, as given.
	Name string
	// Blocks are the blocks of code, fenced or indented.
	Blocks []Block
	// Spans are the pieces of code within text.
	Spans []Span
	// Links are where links and images lead, as written.
	Links []Span
	// Anchors are the names that a link to the page may have after its #.
	Anchors map[string]bool
}

// Block is a block of code.
type Block struct {
	// Line is where its first line is, from 1.
	Line int
	// Heading is the one that it is under. Empty: none.
	Heading string
	// Fenced blocks stand between ``` and ```, the others are indented by four
	// spaces.
	Fenced bool
	// Language is the first word after the fence.
	Language string
	// Text has neither the fences nor the indentation.
	Text string
}

// Span is a piece of a line of text.
type Span struct {
	Line int
	Text string
}

// Read reads a page. A fence without an end is an error.
func Read(name, text string) (*Page, error) {
	r := &reader{page: &Page{Name: name, Anchors: map[string]bool{}}, slugs: map[string]int{}}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for r.at = 0; r.at < len(lines); {
		if err := r.next(lines); err != nil {
			return nil, err
		}
	}
	r.endParagraph()
	return r.page, nil
}

// reader goes through a page, block by block.
type reader struct {
	page    *Page
	at      int // the index of the line to be read
	heading string
	slugs   map[string]int // how many headings had the same anchor
	// item is the column at which the text of the latest list item begins, and 0
	// outside of lists. What is indented by less than four more is no code.
	item int
	// blank tells whether the line before was.
	blank bool
	// paragraph are the lines of text since first.
	paragraph []string
	first     int
}

// next reads a block of code, or one line of anything else.
func (r *reader) next(lines []string) error {
	line := lines[r.at]
	indent := indentation(line)
	switch mark := fence(line); {
	case strings.TrimSpace(line) == "":
		r.endParagraph()
		r.blank = true
		r.at++
		return nil
	case mark != "":
		r.endParagraph()
		return r.readFenced(lines, mark)
	case indent >= r.item+4 && len(r.paragraph) == 0:
		r.readIndented(lines)
		return nil
	}
	if width := listItem(line); width > 0 {
		r.endParagraph()
		r.item = width
	} else if r.blank && indent < r.item {
		r.item = 0
	}
	if title, ok := headingOf(line); ok {
		r.endParagraph()
		r.addHeading(title)
	}
	r.addText(line)
	if strings.HasPrefix(strings.TrimSpace(line), "|") || strings.HasPrefix(line, "#") {
		r.endParagraph() // code does not go on in the next row
	}
	r.blank = false
	r.at++
	return nil
}

func (r *reader) readFenced(lines []string, mark string) error {
	start, indent := r.at, indentation(lines[r.at])
	language, _, _ := strings.Cut(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(lines[start]), mark[:1])), " ")
	for end := start + 1; end < len(lines); end++ {
		if closing := fence(lines[end]); strings.HasPrefix(closing, mark) && strings.TrimSpace(lines[end]) == closing {
			r.addBlock(Block{Line: start + 2, Fenced: true, Language: language, Text: dedented(lines[start+1:end], indent)})
			r.at, r.blank = end+1, false
			return nil
		}
	}
	return fmt.Errorf("%s:%d: the block of code has no end: close it with %s", r.page.Name, start+1, mark)
}

// readIndented reads all that is indented so far, with the blank lines in between.
func (r *reader) readIndented(lines []string) {
	start, end := r.at, r.at
	for i := start; i < len(lines) && (strings.TrimSpace(lines[i]) == "" || indentation(lines[i]) >= r.item+4); i++ {
		if strings.TrimSpace(lines[i]) != "" {
			end = i + 1
		}
	}
	r.addBlock(Block{Line: start + 1, Text: dedented(lines[start:end], r.item+4)})
	r.at, r.blank = end, false
}

func (r *reader) addBlock(block Block) {
	block.Heading = r.heading
	r.page.Blocks = append(r.page.Blocks, block)
}

func (r *reader) addText(line string) {
	if len(r.paragraph) == 0 {
		r.first = r.at + 1
	}
	r.paragraph = append(r.paragraph, line)
}

// dedented are lines without so much of the spaces that they begin with.
func dedented(lines []string, indent int) string {
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(line[min(indent, indentation(line)):] + "\n")
	}
	return text.String()
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// fence is the mark that begins or ends a block of code, if the line has one.
func fence(line string) string {
	text := strings.TrimSpace(line)
	for _, mark := range []string{"`", "~"} {
		rest := strings.TrimLeft(text, mark)
		if length := len(text) - len(rest); length >= 3 && !strings.Contains(rest, "`") {
			return text[:length]
		}
	}
	return ""
}

// listItem is the column at which the text of a list item begins, and 0 for any
// other line.
func listItem(line string) int {
	text := strings.TrimLeft(line, " ")
	marker := strings.TrimLeft(text, "0123456789")
	switch {
	case len(marker) < len(text) && (strings.HasPrefix(marker, ". ") || strings.HasPrefix(marker, ") ")):
		marker = marker[1:]
	case strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "* ") || strings.HasPrefix(text, "+ "):
		marker = text[1:]
	default:
		return 0
	}
	return len(line) - len(strings.TrimLeft(marker, " "))
}
