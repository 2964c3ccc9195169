// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// naming is how an adapter's rule makes the name of a metric from that of a
// series: by the parts of a pattern that are put into a template.
type naming struct {
	pattern *regexp.Regexp
	as      string
}

// newNaming fills in the adapter's defaults.
func newNaming(matches, as string) (naming, error) {
	if matches == "" {
		matches = ".*"
	}
	pattern, err := regexp.Compile(matches)
	if err != nil {
		return naming{}, err
	}
	if as == "" {
		if pattern.NumSubexp() > 1 {
			return naming{}, errors.New("does not say which of several parts is the name")
		}
		as = fmt.Sprintf("${%d}", pattern.NumSubexp())
	}
	return naming{pattern, as}, nil
}

// apply is the name of a series, empty if it has none.
func (n naming) apply(series string) string {
	return string(n.pattern.ExpandString(nil, n.as, series, n.pattern.FindStringSubmatchIndex(series)))
}

// hole stands in a text for the one part that is put into it.
const hole = "\x00"

// invert guesses the series that has a name, which apply then has to confirm. The
// template must hold at most one part of the pattern, and the pattern nothing but
// text around it.
func (n naming) invert(name string) string {
	var parts []int
	for part := range n.pattern.NumSubexp() + 1 {
		if strings.Contains(n.with(hole, part), hole) {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return n.fill(-1, "") // the name is always the same
	}
	before, after, _ := strings.Cut(n.with(hole, parts[0]), hole)
	value, fits := strings.CutPrefix(name, before)
	value, fitsToo := strings.CutSuffix(value, after)
	switch {
	case len(parts) > 1 || !fits || !fitsToo:
		return ""
	case parts[0] == 0:
		return value
	default:
		return n.fill(parts[0], value)
	}
}

// with is the template with a value for one part, and nothing for the others.
func (n naming) with(value string, part int) string {
	where := make([]int, 2*(n.pattern.NumSubexp()+1))
	for i := range where {
		where[i] = -1
	}
	where[2*part], where[2*part+1] = 0, len(value)
	return string(n.pattern.ExpandString(nil, n.as, value, where))
}

// fill is the shortest text that the pattern matches with a value in one part.
func (n naming) fill(part int, value string) string {
	tree, err := syntax.Parse(n.pattern.String(), syntax.Perl)
	if err != nil {
		return "" // it has been compiled
	}
	var text func(node *syntax.Regexp) string
	text = func(node *syntax.Regexp) string {
		switch {
		case node.Op == syntax.OpCapture && node.Cap == part:
			return value
		case node.Op == syntax.OpLiteral:
			return string(node.Rune)
		case node.Op == syntax.OpConcat || node.Op == syntax.OpCapture:
			var all strings.Builder
			for _, sub := range node.Sub {
				all.WriteString(text(sub))
			}
			return all.String()
		default:
			return ""
		}
	}
	return text(tree)
}
