// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package markdown

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// endParagraph reads what is within the lines of text so far.
func (r *reader) endParagraph() {
	if len(r.paragraph) == 0 {
		return
	}
	spans, rest := codeSpans(strings.Join(r.paragraph, "\n"))
	for _, span := range spans {
		span.Line += r.first
		r.page.Spans = append(r.page.Spans, span)
	}
	for _, link := range linksIn(rest) {
		link.Line += r.first
		r.page.Links = append(r.page.Links, link)
	}
	for _, name := range namedAnchor.FindAllStringSubmatch(rest, -1) {
		r.page.Anchors[name[1]] = true
	}
	r.paragraph = nil
}

// codeSpans are the pieces between backticks, and the text with these blanked out.
// Lines count from 0.
func codeSpans(text string) (spans []Span, rest string) {
	blanked := []byte(text)
	for at := 0; at < len(text); {
		if text[at] != '`' {
			at++
			continue
		}
		length := ticks(text[at:])
		end := closing(text, at+length, length)
		if end < 0 {
			at += length
			continue
		}
		spans = append(spans, Span{Line: strings.Count(text[:at], "\n"), Text: spanText(text[at+length : end])})
		for i := at; i < end+length; i++ {
			if blanked[i] != '\n' {
				blanked[i] = ' '
			}
		}
		at = end + length
	}
	return spans, string(blanked)
}

func ticks(text string) int { return len(text) - len(strings.TrimLeft(text, "`")) }

// closing is where as many backticks are again, and -1 where they are not.
func closing(text string, at, length int) int {
	for at < len(text) {
		if n := ticks(text[at:]); n == length {
			return at
		} else if n > 0 {
			at += n
			continue
		}
		at++
	}
	return -1
}

var lineBreak = regexp.MustCompile(`\s*\n\s*`)

// spanText is a piece of code as it is shown: on one line, without the backslashes
// that keep bars from ending the cell of a table.
func spanText(text string) string {
	text = lineBreak.ReplaceAllString(text, " ")
	return strings.TrimSpace(strings.ReplaceAll(text, `\|`, "|"))
}

var (
	inlineLink    = regexp.MustCompile(`\]\(\s*<?([^()<>\s]+(?:\([^()\s]*\))?[^()<>\s]*)>?(?:\s+"[^"]*")?\s*\)`)
	referenceLink = regexp.MustCompile(`(?m)^ {0,3}\[[^\]]+\]:\s+(\S+)`)
	htmlLink      = regexp.MustCompile(`\b(?:href|src|srcset)="([^"]+)"`)
	namedAnchor   = regexp.MustCompile(`<[a-z]+\s[^>]*\b(?:id|name)="([^"]+)"`)
)

func linksIn(text string) []Span {
	var links []Span
	for _, form := range []*regexp.Regexp{inlineLink, referenceLink, htmlLink} {
		for _, found := range form.FindAllStringSubmatchIndex(text, -1) {
			links = append(links, Span{Line: strings.Count(text[:found[2]], "\n"), Text: text[found[2]:found[3]]})
		}
	}
	return links
}

func headingOf(line string) (title string, ok bool) {
	rest := strings.TrimLeft(line, "#")
	level := len(line) - len(rest)
	if level < 1 || level > 6 || !strings.HasPrefix(rest, " ") {
		return "", false
	}
	return strings.TrimSpace(strings.TrimRight(strings.TrimSpace(rest), "#")), true
}

// addHeading adds the anchor of a heading, as GitHub makes it: a second heading of
// the same name has a number.
func (r *reader) addHeading(title string) {
	r.heading = title
	slug := Slug(title)
	if again := r.slugs[slug]; again > 0 {
		r.page.Anchors[fmt.Sprintf("%s-%d", slug, again)] = true
	} else {
		r.page.Anchors[slug] = true
	}
	r.slugs[slug]++
}

var linkText = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)

// Slug is the anchor of a heading, if no other has the same name.
func Slug(title string) string {
	var slug strings.Builder
	for _, char := range strings.ToLower(linkText.ReplaceAllString(title, "$1")) {
		switch {
		case unicode.IsLetter(char) || unicode.IsDigit(char) || char == '-' || char == '_':
			slug.WriteRune(char)
		case char == ' ':
			slug.WriteByte('-')
		}
	}
	return slug.String()
}
