// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// group is some packages that belong together, in one frame of the picture.
type group struct {
	title string
	// packages are paths below the module. One that ends in "/..." stands for
	// everything below as well.
	packages []string
}

// layers are the groups from the top to the bottom of the picture. Groups beside each
// other are in one layer. A package imports what is in its own layer, or below it.
var layers = [][]group{
	{
		{"Programs", []string{"cmd/..."}},
	},
	{
		{"The command line", []string{"pkg/cli/..."}},
		{"What others see", []string{"pkg/dashboard", "pkg/inspect", "pkg/standing"}},
		{"For any process", []string{"pkg/configfile", "pkg/timekeeper", "pkg/emulation", "pkg/version"}},
	},
	{
		{"Reading rules, measuring nodes, publishing snapshots", []string{"pkg/engine", "pkg/edits", "pkg/load", "pkg/rules", "pkg/telemetry/..."}},
		{"Placing, marking", []string{"pkg/plugin", "pkg/mark"}},
		{"Moving pods", []string{"pkg/descheduler/..."}},
	},
	{
		{"What people write", []string{"pkg/api/..."}},
		{"Judging, and saying why", []string{"pkg/audit", "pkg/explain", "pkg/verdict", "pkg/projection"}},
	},
}

// family is the path of which all packages of the group are below. Empty: there is
// none.
func (g *group) family() string {
	if below, all := strings.CutSuffix(g.packages[0], "/..."); all && len(g.packages) == 1 {
		return below
	}
	return ""
}

// heading is what is written above the group.
func (g *group) heading() string {
	if family := g.family(); family != "" {
		return g.title + " (" + family + ")"
	}
	return g.title
}

func (g *group) has(path string) bool {
	return slices.ContainsFunc(g.packages, func(pattern string) bool {
		below, all := strings.CutSuffix(pattern, "/...")
		return path == below || all && strings.HasPrefix(path, below+"/")
	})
}

// placement is which package is in which group, and what is drawn between them.
type placement struct {
	layers   [][]group
	packages map[string]*pkg
	// imports are the reduced ones.
	imports map[string][]string
	// layerOf and groupOf are indices. Those of groups are within their layer.
	layerOf, groupOf map[string]int
}

// place finds the group of each package. It fails where a package has none, or an
// import leads upwards.
func place(packages map[string]*pkg, layers [][]group) (*placement, error) {
	p := &placement{layers: layers, packages: packages, imports: reduce(packages), layerOf: map[string]int{}, groupOf: map[string]int{}}
	var errs []error
	for _, path := range p.paths() {
		if !p.find(path) {
			errs = append(errs, fmt.Errorf("%s is in no group: add it to one in hack/structure/layers.go", path))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for _, path := range p.paths() {
		for _, imported := range packages[path].imports {
			if p.layerOf[imported] < p.layerOf[path] {
				errs = append(errs, fmt.Errorf("%s imports %s, which is in a layer above it: see hack/structure/layers.go", path, imported))
			}
		}
	}
	return p, errors.Join(errs...)
}

func (p *placement) find(path string) bool {
	for layer, groups := range p.layers {
		for i := range groups {
			if groups[i].has(path) {
				p.layerOf[path], p.groupOf[path] = layer, i
				return true
			}
		}
	}
	return false
}

// paths are those of all packages, in order.
func (p *placement) paths() []string { return slices.Sorted(maps.Keys(p.packages)) }

// label is what is written into the box of a package.
func (p *placement) label(path string) string {
	group := &p.layers[p.layerOf[path]][p.groupOf[path]]
	if below, ok := strings.CutPrefix(path, group.family()+"/"); ok && group.family() != "" {
		return below
	}
	_, below, _ := strings.Cut(path, "/")
	return below
}
