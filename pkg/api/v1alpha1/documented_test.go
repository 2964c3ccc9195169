// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// The rule sets and configurations in the documentation are good.
func TestDocumented(t *testing.T) {
	const documentation = "../../../docs/behaviour.md"
	decoders := map[string]func([]byte) error{
		"RuleSet": func(data []byte) error { _, err := v1alpha1.DecodeRuleSet(data); return err },
		"DeschedulerConfiguration": func(data []byte) error {
			_, err := v1alpha1.DecodeDeschedulerConfiguration(data)
			return err
		},
	}
	evicts := false
	for _, text := range yamlBlocks(t, documentation) {
		for kind, decode := range decoders {
			if !strings.Contains(text, "kind: "+kind+"\n") {
				continue
			}
			evicts = evicts || strings.Contains(text, "evict:")
			if err := decode([]byte(text)); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		}
	}
	if !evicts {
		t.Errorf("no rule set in %s evicts", documentation)
	}
}

// yamlBlocks are the blocks of YAML in a Markdown file.
func yamlBlocks(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, found := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllSubmatch(text, -1) {
		blocks = append(blocks, string(found[1]))
	}
	if len(blocks) == 0 {
		t.Fatalf("no YAML in %s", file)
	}
	return blocks
}
