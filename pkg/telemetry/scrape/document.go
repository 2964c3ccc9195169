// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	"go.yaml.in/yaml/v3"
)

const jobsKey = "scrape_configs"

// sections are those of a configuration file that are used here.
var sections = []string{"global", jobsKey}

// document is the text of a configuration file as a tree, for what config.Load
// does not tell: where something is written, and what is not written.
type document struct {
	root yaml.Node // zero where the file is empty
	jobs []*yaml.Node
}

func newDocument(text []byte) (*document, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	root, err := next(decoder)
	if err != nil {
		return nil, err
	}
	second, err := next(decoder)
	if err != nil {
		return nil, err
	}
	switch {
	case !second.IsZero():
		return nil, fmt.Errorf("line %d: a second YAML document begins here, which would not be used", second.Line)
	case root.IsZero():
		return &document{}, nil
	case root.Kind != yaml.MappingNode:
		return nil, fmt.Errorf("line %d: the sections global and scrape_configs are wanted, as in a configuration file of Prometheus", root.Line)
	}
	d := &document{root: root}
	if jobs := d.section(jobsKey); jobs != nil && jobs.Kind == yaml.SequenceNode {
		d.jobs = jobs.Content
	}
	return d, nil
}

// next is what the next YAML document holds: nothing after the last one.
func next(decoder *yaml.Decoder) (yaml.Node, error) {
	var document yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return yaml.Node{}, nil
	}
	if err != nil {
		return yaml.Node{}, err
	}
	if content := document.Content[0]; content.Tag != "!!null" {
		return *content, nil
	}
	return yaml.Node{}, nil
}

// section is the value of a key at the top, nil where there is none.
func (d *document) section(name string) *yaml.Node {
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		if d.root.Content[i].Value == name {
			return d.root.Content[i+1]
		}
	}
	return nil
}

// checkSections refuses what a whole Prometheus server would do besides scraping.
func (d *document) checkSections() error {
	var unused []string
	for i := 0; i < len(d.root.Content); i += 2 {
		if key := d.root.Content[i]; !slices.Contains(sections, key.Value) {
			unused = append(unused, fmt.Sprintf("%s (line %d)", key.Value, key.Line))
		}
	}
	if len(unused) == 0 {
		return nil
	}
	return fmt.Errorf("only %s are used here: remove %s", strings.Join(sections, " and "), strings.Join(unused, ", "))
}

// checkDiscoveries refuses the ways of finding targets that are not linked in.
func (d *document) checkDiscoveries() error {
	var errs []error
	for n, job := range d.jobs {
		for i := 0; i+1 < len(job.Content); i += 2 {
			key := job.Content[i]
			if strings.HasSuffix(key.Value, "_sd_configs") && !slices.Contains(discoveries, key.Value) {
				errs = append(errs, fmt.Errorf("%s: line %d: %s is not supported; targets are found by %s",
					d.place(n), key.Line, key.Value, strings.Join(discoveries, ", ")))
			}
		}
	}
	return errors.Join(errs...)
}

// place names a job.
func (d *document) place(n int) string {
	place := fmt.Sprintf("%s[%d]", jobsKey, n)
	var job struct {
		Name string `yaml:"job_name"`
	}
	if n < len(d.jobs) && d.jobs[n].Decode(&job) == nil && job.Name != "" {
		place += fmt.Sprintf(" (job %q)", job.Name)
	}
	return place
}

var (
	atLine       = regexp.MustCompile(`line (\d+): (.*)`)
	unknownField = regexp.MustCompile(`^field (\S+) not found in type .*$`)
)

// explain adds to an error of config.Load what job it is about. There, some
// errors name a line, and others nothing.
func (d *document) explain(err error) error {
	found := atLine.FindAllStringSubmatch(err.Error(), -1)
	if len(found) == 0 {
		return inPlace(d.culprit(), err)
	}
	var errs []error
	for _, match := range found {
		text := unknownField.ReplaceAllString(match[2], `unknown field "$1"`)
		err := fmt.Errorf("line %s: %s", match[1], text)
		line, _ := strconv.Atoi(match[1])
		errs = append(errs, inPlace(d.placeOf(line), err))
	}
	return errors.Join(errs...)
}

func inPlace(place string, err error) error {
	if place == "" {
		return err
	}
	return fmt.Errorf("%s: %w", place, err)
}

// placeOf names the job that a line is in, if it is in one.
func (d *document) placeOf(line int) string {
	for n, job := range d.jobs {
		if job.Line <= line && line <= lastLine(job) {
			return d.place(n)
		}
	}
	return ""
}

func lastLine(node *yaml.Node) int {
	last := node.Line
	for _, child := range node.Content {
		last = max(last, lastLine(child))
	}
	return last
}

// culprit names the first job without which, and the jobs after it, the file
// would load.
func (d *document) culprit() string {
	n := sort.Search(len(d.jobs), func(n int) bool { return !d.loadsWith(n) })
	if n == 0 {
		return "global"
	}
	return d.place(n - 1)
}

// loadsWith tells whether the file would load with only the first n jobs.
func (d *document) loadsWith(n int) bool {
	root := d.root
	root.Content = nil
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		key, section := d.root.Content[i], *d.root.Content[i+1]
		if key.Value == jobsKey {
			section.Content = d.jobs[:n]
		}
		root.Content = append(root.Content, key, &section)
	}
	text, err := yaml.Marshal(&root)
	if err == nil {
		_, err = config.Load(string(text), promslog.NewNopLogger())
	}
	return err == nil
}
