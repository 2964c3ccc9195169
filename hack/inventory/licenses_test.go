// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeModule writes the files of a module, and returns its description.
func writeModule(t *testing.T, path string, files map[string]string) *listedModule {
	t.Helper()
	m := &listedModule{Path: path, Version: "v1.0.0", Dir: t.TempDir()}
	for name, text := range files {
		file := filepath.Join(m.Dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// in is a package of a module, in one of its folders.
func in(m *listedModule, folder string, embedded ...string) listed {
	return listed{ImportPath: m.Path + "/" + folder, Dir: filepath.Join(m.Dir, folder), Module: m, EmbedFiles: embedded}
}

func TestLicenses(t *testing.T) {
	library := writeModule(t, "", map[string]string{"LICENSE": "of Go", "src/fmt/print.go": "package fmt"}).Dir
	fmt := listed{ImportPath: "fmt", Standard: true, Dir: filepath.Join(library, "src/fmt")}
	cases := map[string]struct {
		files  map[string]string
		folder string
		embeds []string
		own    bool
		// want are the files that are found. None: an error.
		want []string
	}{
		"at the top":              {files: map[string]string{"LICENSE": "a", "p/p.go": ""}, folder: "p", want: []string{"LICENSE"}},
		"by other names":          {files: map[string]string{"LICENCE.md": "a", "COPYING": "b", "MIT-LICENSE.txt": "c", "LICENSE-APACHE-2.0": "d", "UNLICENSE": "e"}, want: []string{"LICENCE.md", "COPYING", "MIT-LICENSE.txt", "LICENSE-APACHE-2.0", "UNLICENSE"}},
		"in small letters":        {files: map[string]string{"license": "a"}, want: []string{"license"}},
		"notices":                 {files: map[string]string{"LICENSE": "a", "NOTICE": "b", "PATENTS": "c", "NOTICE.txt": "d", "COPYRIGHT": "e"}, want: []string{"LICENSE", "NOTICE", "PATENTS", "NOTICE.txt", "COPYRIGHT"}},
		"beside the package":      {files: map[string]string{"LICENSE": "a", "third_party/LICENSE": "b", "third_party/p/LICENSE": "c"}, folder: "third_party/p", want: []string{"LICENSE", "third_party/LICENSE", "third_party/p/LICENSE"}},
		"of another package":      {files: map[string]string{"LICENSE": "a", "p/p.go": "", "q/LICENSE": "b"}, folder: "p", want: []string{"LICENSE"}},
		"of what is embedded":     {files: map[string]string{"LICENSE": "a", "p/web/dist/a.js": "", "p/web/LICENSE": "b", "p/web/dist/LICENSES.txt": "c"}, folder: "p", embeds: []string{"web/dist/a.js"}, want: []string{"LICENSE", "p/web/LICENSE", "p/web/dist/LICENSES.txt"}},
		"about licences":          {files: map[string]string{"LICENSE": "a", "license.go": "b", "licenses.json": "c", "license_test.go": "d", "licensing.md": "e", "NOTICES.go": "f"}, want: []string{"LICENSE"}},
		"Loadline's own":          {own: true, files: map[string]string{"LICENSE": "a", "p/p.go": "", "p/LICENSE": "b"}, folder: "p", want: []string{"p/LICENSE"}},
		"Loadline's and no other": {own: true, files: map[string]string{"LICENSE": "a", "p/p.go": ""}, folder: "p", want: []string{}},
		"none":                    {files: map[string]string{"README.md": "a"}},
		"a notice alone":          {files: map[string]string{"NOTICE": "a"}},
		"an empty one":            {files: map[string]string{"LICENSE": " \r\n\n"}},
		"of another package only": {files: map[string]string{"q/LICENSE": "b", "p/p.go": ""}, folder: "p"},
		"a folder of that name":   {files: map[string]string{"LICENSE/README.md": "a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := writeModule(t, "example.com/m", tc.files)
			m.Main = tc.own
			got, err := licensesOf([]listed{fmt, in(m, tc.folder, tc.embeds...), {ImportPath: "unsafe", Standard: true}}, library)
			if tc.want == nil {
				if err == nil || !strings.Contains(err.Error(), "example.com/m v1.0.0 has no licence") {
					t.Errorf("got error %v, want one that names the module", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			found := []string{}
			for line := range strings.Lines(string(got)) {
				if file, ok := strings.CutPrefix(strings.TrimSpace(line), "example.com/m v1.0.0: "); ok {
					found = append(found, file)
				}
			}
			slices.Sort(tc.want)
			slices.Sort(found)
			if diff := cmp.Diff(tc.want, found); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if !strings.Contains(string(got), "Go standard library go1") || !strings.Contains(string(got), "\nof Go\n") {
				t.Error("the licence of the standard library is missing")
			}
		})
	}
}

// A text that applies to several modules stands there once, wherever they are and in
// whatever order they come.
func TestLicensesStandOnce(t *testing.T) {
	a := writeModule(t, "example.com/a", map[string]string{"LICENSE": "\n   Title\n\ntext \r\nend"})
	b := writeModule(t, "example.com/b", map[string]string{"LICENSE": "\uFEFF   Title\n\ntext\nend\n\n", "NOTICE": "of b"})
	got, err := licensesOf([]listed{in(b, ""), in(a, ""), in(b, "")}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, texts, _ := strings.Cut(string(got), "\n")
	double, single := strings.Repeat("=", 80)+"\n", strings.Repeat("-", 80)+"\n"
	want := "\n" + double + "example.com/a v1.0.0: LICENSE\nexample.com/b v1.0.0: LICENSE\n" + single + "\n   Title\n\ntext\nend\n" +
		"\n" + double + "example.com/b v1.0.0: NOTICE\n" + single + "\nof b\n"
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("licences (-want +got):\n%s", diff)
	}
}
