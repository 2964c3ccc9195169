// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// pkg is a package of this module. Paths are below the module.
type pkg struct {
	path string
	// doc is the first sentence of its documentation.
	doc string
	// imports are the packages of this module that it imports itself.
	imports []string
}

// list reads what the programs are made of. Packages that are only for tests are not
// among them.
func list() (map[string]*pkg, error) {
	command := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Doc", module+"cmd/...")
	command.Stderr = os.Stderr
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64") // wherever it is drawn
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	packages, err := read(stdout)
	if err != nil {
		return nil, err
	}
	if err := command.Wait(); err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	return packages, nil
}

func read(listed io.Reader) (map[string]*pkg, error) {
	packages := map[string]*pkg{}
	for decoder := json.NewDecoder(listed); ; {
		var one struct {
			ImportPath, Doc string
			Imports         []string
		}
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the list of packages: %w", err)
		}
		path, ours := strings.CutPrefix(one.ImportPath, module)
		if !ours {
			continue
		}
		read := &pkg{path: path, doc: one.Doc}
		for _, imported := range one.Imports {
			if below, ours := strings.CutPrefix(imported, module); ours {
				read.imports = append(read.imports, below)
			}
		}
		packages[path] = read
	}
}

// reduce leaves out each import of a package that another one of its imports has
// below it as well: the way there is drawn all the same.
func reduce(packages map[string]*pkg) map[string][]string {
	below := map[string]map[string]bool{}
	var reach func(path string) map[string]bool
	reach = func(path string) map[string]bool {
		if below[path] == nil {
			below[path] = map[string]bool{}
			for _, imported := range packages[path].imports {
				below[path][imported] = true
				maps.Copy(below[path], reach(imported))
			}
		}
		return below[path]
	}
	reduced := make(map[string][]string, len(packages))
	for path, p := range packages {
		for _, imported := range p.imports {
			roundabout := slices.ContainsFunc(p.imports, func(other string) bool { return reach(other)[imported] })
			if !roundabout {
				reduced[path] = append(reduced[path], imported)
			}
		}
		slices.Sort(reduced[path])
	}
	return reduced
}
