// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import "path/filepath"

// imagePrograms are the programs in the image.
var imagePrograms = []string{"loadline-scheduler", "loadline-descheduler"}

// modulesSuffix is that of the file beside a program that lists what is in it, in
// the format of SPDX.
const modulesSuffix = ".spdx.json"

// copyModules adds these lists, of all that is released.
func (r *release) copyModules() error {
	for _, p := range r.platforms {
		if err := r.copyModulesOf(program, p); err != nil {
			return err
		}
	}
	for _, p := range r.inImage {
		for _, program := range imagePrograms {
			if err := r.copyModulesOf(program, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *release) copyModulesOf(program string, p platform) error {
	return copyFile(p.file(r.binaries, program+modulesSuffix), filepath.Join(r.output, r.named(program, p)+modulesSuffix))
}
