// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

var (
	// licenseFile and noticeFile match the names of files to pass on with a program.
	// A notice alone permits nothing.
	licenseFile = regexp.MustCompile(`(?i)^((mit|apache|bsd)[-_])?(un)?(licen[cs]es?|copying)([-_.](\w|[-_.])+)?$`)
	noticeFile  = regexp.MustCompile(`(?i)^(notices?|patents|copyright)([-_.](txt|md))?$`)
	// source matches names of files that are about licences without being one.
	source = regexp.MustCompile(`(?i)\.(go|s|tmpl|tpl|html|sh|py|ya?ml|json|proto)$`)
)

// origin is where a text was found.
type origin struct {
	module, version string
	file            string // in the module
}

func (o origin) String() string {
	return strings.Join(strings.Fields(o.module+" "+o.version), " ") + ": " + o.file
}

func (o origin) compare(with origin) int {
	return cmp.Or(cmp.Compare(o.module, with.module), cmp.Compare(o.file, with.file))
}

// licensesOf has the texts that apply to packages, each once: those that lie beside
// a package, beside what is embedded in it, and in the folders above, up to its
// module. Loadline's own licence is not among them. It is an error if there is none
// of a module. library is the folder of the standard library.
func licensesOf(packages []listed, library string) ([]byte, error) {
	c := &collection{texts: map[string][]origin{}, seen: map[string]bool{}, licensed: map[string]bool{}}
	for _, p := range packages {
		if p.ImportPath == "unsafe" { // which has no sources
			continue
		}
		home, err := homeOf(p, library)
		if err != nil {
			return nil, err
		}
		c.licensed[home.name()] = c.licensed[home.name()] || home.own
		for _, folder := range home.folders(p) {
			if err := c.add(home, folder); err != nil {
				return nil, fmt.Errorf("reading licences of %s: %w", home.name(), err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.licensed)) {
		if !c.licensed[name] {
			return nil, fmt.Errorf("%s has no licence: nothing that is compiled from it can be released", name)
		}
	}
	return c.format(), nil
}

// collection is what has been found.
type collection struct {
	texts    map[string][]origin
	seen     map[string]bool // by folder
	licensed map[string]bool // by module
}

// add adds the texts in a folder of a module.
func (c *collection) add(home home, folder string) error {
	if c.seen[folder] {
		return nil
	}
	c.seen[folder] = true
	texts, err := readTexts(folder)
	if err != nil {
		return err
	}
	for file, text := range texts {
		relative, err := filepath.Rel(home.folder, filepath.Join(folder, file))
		if err != nil {
			return err
		}
		c.texts[text] = append(c.texts[text], origin{home.module, home.version, filepath.ToSlash(relative)})
		c.licensed[home.name()] = c.licensed[home.name()] || licenseFile.MatchString(file)
	}
	return nil
}

// home is the module that a package belongs to, or the standard library.
type home struct {
	module, version, folder string
	own                     bool // Loadline itself
}

func homeOf(p listed, library string) (home, error) {
	switch {
	case p.Standard:
		return home{module: "Go standard library", version: compilerVersion(runtime.Version()), folder: library}, nil
	case p.Module == nil || p.Module.Dir == "":
		return home{}, fmt.Errorf("the sources of %s are not here: go mod download", p.ImportPath)
	default:
		return home{module: p.Module.Path, version: p.Module.Version, folder: p.Module.Dir, own: p.Module.Main}, nil
	}
}

func (h *home) name() string { return strings.TrimSpace(h.module + " " + h.version) }

// folders are those in which there can be texts that apply to a package.
func (h *home) folders(p listed) []string {
	var folders []string
	add := func(folder string) {
		for ; strings.HasPrefix(folder, h.folder+string(filepath.Separator)); folder = filepath.Dir(folder) {
			folders = append(folders, folder)
		}
	}
	add(p.Dir)
	for _, file := range p.EmbedFiles {
		add(filepath.Dir(filepath.Join(p.Dir, filepath.FromSlash(file))))
	}
	if h.own {
		return folders
	}
	return append(folders, h.folder)
}

// readTexts reads the licences and notices in a folder.
func readTexts(folder string) (map[string]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, entry := range entries {
		name := entry.Name()
		if !entry.Type().IsRegular() || source.MatchString(name) || !licenseFile.MatchString(name) && !noticeFile.MatchString(name) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		if text := tidy(string(content)); text != "" {
			texts[name] = text
		}
	}
	return texts, nil
}

// tidy has the same texts be the same, whatever system they were written on.
func tidy(text string) string {
	lines := strings.Split(strings.TrimPrefix(text, "\uFEFF"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r\f")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// format writes the texts, and where each is from.
func (c *collection) format() []byte {
	for _, origins := range c.texts {
		slices.SortFunc(origins, origin.compare)
	}
	texts := slices.SortedFunc(maps.Keys(c.texts), func(a, b string) int { return c.texts[a][0].compare(c.texts[b][0]) })
	var to strings.Builder
	to.WriteString("This program was compiled from the modules below, besides its own sources. Each text is that of the files that are named above it.\n")
	for _, text := range texts {
		to.WriteString("\n" + strings.Repeat("=", 80) + "\n")
		for _, from := range c.texts[text] {
			to.WriteString(from.String() + "\n")
		}
		to.WriteString(strings.Repeat("-", 80) + "\n\n" + text + "\n")
	}
	return []byte(to.String())
}
