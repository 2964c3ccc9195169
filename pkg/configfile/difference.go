// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package configfile

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Differences are the paths of the fields in which two documents, as decoded from JSON,
// differ. Of a list that has become longer or shorter it is that of the list.
func Differences(before, after any) []string {
	return differences("", before, after)
}

func differences(path string, before, after any) []string {
	if reflect.DeepEqual(before, after) {
		return nil
	}
	switch before := before.(type) {
	case map[string]any:
		if after, ok := after.(map[string]any); ok {
			return ofObjects(path, before, after)
		}
	case []any:
		if after, ok := after.([]any); ok && len(after) == len(before) {
			var paths []string
			for i := range before {
				paths = append(paths, differences(fmt.Sprintf("%s[%d]", path, i), before[i], after[i])...)
			}
			return paths
		}
	}
	return []string{path}
}

func ofObjects(path string, before, after map[string]any) []string {
	fields := maps.Clone(before)
	maps.Copy(fields, after)
	var paths []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		below := name
		if path != "" {
			below = path + "." + name
		}
		paths = append(paths, differences(below, before[name], after[name])...)
	}
	return paths
}
