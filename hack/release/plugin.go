// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// pluginName is how kubectl's plugin manager, krew, knows the command line: what
// comes after "kubectl". Its manifest has to have that name as well.
const pluginName = "loadline"

// plugin is a manifest that krew reads.
type plugin struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        pluginMetadata `json:"metadata"`
	Spec            pluginSpec     `json:"spec"`
}

type pluginMetadata struct {
	Name string `json:"name"`
}

type pluginSpec struct {
	Version          string           `json:"version"`
	Homepage         string           `json:"homepage"`
	ShortDescription string           `json:"shortDescription"`
	Description      string           `json:"description"`
	Platforms        []pluginPlatform `json:"platforms"`
}

// pluginPlatform is where there is an archive for a platform, and what is taken out
// of it.
type pluginPlatform struct {
	Selector metav1.LabelSelector `json:"selector"`
	URI      string               `json:"uri"`
	SHA256   string               `json:"sha256"`
	Files    []pluginFile         `json:"files"`
	Bin      string               `json:"bin"`
}

type pluginFile struct {
	From string `json:"from"`
	To   string `json:"to"`
}

const pluginDescription = `Loadline keeps pods off nodes that are over a load line, by what these nodes
measure now, and moves pods off nodes that have drifted over one.

This plugin shows how nodes stand to their lines, why a pod was placed where it
is or is pending, and what was evicted and why. It checks rules before they are
applied, and says what they would do to the cluster, even where Loadline is not
installed yet.
`

// writePlugin writes the manifest. The archives have been written before.
func (r *release) writePlugin() error {
	p := plugin{
		TypeMeta: metav1.TypeMeta{APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin"},
		Metadata: pluginMetadata{Name: pluginName},
		Spec: pluginSpec{
			Version: r.version, Homepage: "https://github.com/loadline-dev/loadline",
			ShortDescription: "See and explain scheduling by what nodes measure", Description: pluginDescription,
		},
	}
	for _, platform := range r.platforms {
		archive := r.archive(platform)
		sum, err := checksum(filepath.Join(r.output, archive))
		if err != nil {
			return err
		}
		p.Spec.Platforms = append(p.Spec.Platforms, pluginPlatform{
			Selector: metav1.LabelSelector{MatchLabels: map[string]string{"os": platform.system, "arch": platform.architecture}},
			URI:      r.download + "/" + r.version + "/" + archive, SHA256: sum,
			Files: pluginFiles(platform), Bin: platform.executable(program),
		})
	}
	text, err := yaml.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.output, pluginName+".yaml"), text, 0o644)
}

// pluginFiles are all that is in an archive: whoever has the program has the licences.
func pluginFiles(p platform) (files []pluginFile) {
	for _, name := range []string{p.executable(program), licenseName, licensesName} {
		files = append(files, pluginFile{From: name, To: "."})
	}
	return files
}
