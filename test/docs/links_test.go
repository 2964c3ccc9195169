// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/test/docs/markdown"
)

// repository is where the files of the repository are read on the web.
var repository = regexp.MustCompile(`^https://github\.com/loadline-dev/loadline/(?:blob|tree)/main/`)

// Every link within the repository leads to a file that is there, and to a heading of
// it. Nobody asks other hosts.
func TestLinks(t *testing.T) {
	all := map[string]*markdown.Page{}
	inOrder := pages(t)
	for _, page := range inOrder {
		all[page.Name] = page
	}
	for _, page := range inOrder {
		for _, link := range page.Links {
			if problem := follow(t, all, page, link.Text); problem != "" {
				t.Errorf("%s:%d: the link to %s leads nowhere: %s", page.Name, link.Line, link.Text, problem)
			}
		}
	}
}

// follow tells why a link leads nowhere. Empty: it does lead somewhere, or out of
// the repository.
func follow(t *testing.T, all map[string]*markdown.Page, page *markdown.Page, link string) (problem string) {
	t.Helper()
	target := path.Dir(page.Name)
	if inside := repository.ReplaceAllString(link, ""); inside != link {
		link, target = inside, ""
	}
	parsed, err := url.Parse(link)
	if err != nil {
		return err.Error()
	}
	if parsed.IsAbs() || parsed.Host != "" {
		return ""
	}
	if target = path.Join(target, parsed.Path); parsed.Path == "" {
		target = page.Name
	}
	if strings.HasPrefix(target, "..") || path.IsAbs(parsed.Path) {
		return "it leaves the repository"
	}
	if _, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(target))); err != nil {
		return "there is no " + target
	}
	if to, ok := all[target]; ok && parsed.Fragment != "" && !to.Anchors[parsed.Fragment] {
		return fmt.Sprintf("%s has no heading of that name, only %v", target, slices.Sorted(maps.Keys(to.Anchors)))
	}
	return ""
}

// ours are paths as they are written within text and commands, from the root of the
// repository.
var ours = regexp.MustCompile(`(?:^|[\s='"(:])(?:\./)?((?:cmd|docs|hack|manifests|pkg|test|web)/[^\s'"` + "`" + `,;:)?#]*)`)

// absent are paths that need not be there.
var absent = map[string]string{}

// Every path of the repository that is named is there. A * stands for any name, as
// does a word in capitals.
func TestPaths(t *testing.T) {
	used := map[string]bool{}
	for _, page := range pages(t) {
		for _, mention := range slices.Concat(page.Spans, commandLines(page)) {
			for _, found := range ours.FindAllStringSubmatch(mention.Text, -1) {
				if _, known := absent[found[1]]; known {
					used[found[1]] = true
				} else if !exists(t, found[1]) {
					t.Errorf("%s:%d: there is no %s", page.Name, mention.Line, found[1])
				}
			}
		}
	}
	for path := range absent {
		if !used[path] {
			t.Errorf("no page names %s any more: take it out of the table", path)
		}
	}
}

// commandLines are the lines of the blocks of commands of a page.
func commandLines(page *markdown.Page) []markdown.Span {
	var lines []markdown.Span
	for _, command := range blockCommands(page) {
		lines = append(lines, markdown.Span{Line: command.line, Text: command.text})
	}
	return lines
}

var placeholder = regexp.MustCompile(`[A-Z]{2,}`)

func exists(t *testing.T, mentioned string) bool {
	t.Helper()
	pattern := placeholder.ReplaceAllString(strings.TrimRight(strings.TrimSuffix(mentioned, "..."), "./"), "*")
	if strings.HasSuffix(mentioned, ".md") || filepath.Ext(mentioned) != "" {
		if _, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(mentioned))); err == nil {
			return true // whose own name is in capitals
		}
	}
	found, err := filepath.Glob(filepath.Join(root(t), filepath.FromSlash(pattern)))
	return err == nil && len(found) > 0
}
