// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
)

// What a target may say where the file sets no limit, so that one that explodes
// harms no other. A scrape beyond a limit fails as a whole. Prometheus has none
// of these limits by default.
const (
	// bodySizeLimit is in bytes, before compression.
	bodySizeLimit = 64 << 20
	// sampleLimit is per target. A node-exporter gives one or two thousand.
	sampleLimit = 50_000
	// labelLimit is per series, and so are the others, in bytes.
	labelLimit            = 128
	labelNameLengthLimit  = 512
	labelValueLengthLimit = 4096
	// keepDroppedTargets bounds what is remembered of targets that
	// relabel_configs drop, which may be every pod of a cluster. Nobody reads it.
	keepDroppedTargets = 1
)

// Load reads a file in Prometheus' own format, of which the sections global and
// scrape_configs are used, and others refused. Relative paths in it start at its
// directory. Jobs are scraped at the given interval where the file gives none.
//
// Files that it names, such as ca_file, need not exist yet.
func Load(file string, interval time.Duration) (*config.Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the scrape configuration: %w", err)
	}
	return parse(file, text, interval)
}

func parse(file string, text []byte, interval time.Duration) (*config.Config, error) {
	loaded, err := parseText(text, interval)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	loaded.SetDirectory(filepath.Dir(file))
	return loaded, nil
}

func parseText(text []byte, interval time.Duration) (*config.Config, error) {
	document, err := newDocument(text)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(document.checkSections(), document.checkDiscoveries()); err != nil {
		return nil, err
	}
	// Only what Prometheus has loaded itself has all its defaults.
	loaded, err := config.Load(string(text), promslog.NewNopLogger())
	if err != nil {
		return nil, document.explain(err)
	}
	return loaded, setDefaults(loaded, document, interval)
}

// given is what the file itself says, without Prometheus' defaults.
type given struct {
	Global map[string]any `yaml:"global"`
	Jobs   []struct {
		Interval model.Duration `yaml:"scrape_interval"`
		Timeout  model.Duration `yaml:"scrape_timeout"`
	} `yaml:"scrape_configs"`
}

// setDefaults puts Loadline's defaults in place of those of Prometheus, where
// the file is silent. An explicit 0 in global is no limit, as in Prometheus.
func setDefaults(loaded *config.Config, document *document, interval time.Duration) error {
	var said given
	if err := document.root.Decode(&said); err != nil {
		return err
	}
	global := &loaded.GlobalConfig
	if _, ok := said.Global["scrape_interval"]; !ok {
		global.ScrapeInterval = model.Duration(interval)
	}
	for i, job := range loaded.ScrapeConfigs {
		if said.Jobs[i].Interval == 0 {
			job.ScrapeInterval = global.ScrapeInterval
		}
		if said.Jobs[i].Timeout == 0 {
			job.ScrapeTimeout = min(global.ScrapeTimeout, job.ScrapeInterval)
		}
		if job.ScrapeTimeout > job.ScrapeInterval {
			return fmt.Errorf("%s: scrape_timeout (%s) is longer than the interval, which is that of telemetry.interval (%s) where the file gives no scrape_interval",
				document.place(i), job.ScrapeTimeout, job.ScrapeInterval)
		}
		limit(said.Global, "body_size_limit", &job.BodySizeLimit, bodySizeLimit)
		limit(said.Global, "sample_limit", &job.SampleLimit, sampleLimit)
		limit(said.Global, "label_limit", &job.LabelLimit, labelLimit)
		limit(said.Global, "label_name_length_limit", &job.LabelNameLengthLimit, labelNameLengthLimit)
		limit(said.Global, "label_value_length_limit", &job.LabelValueLengthLimit, labelValueLengthLimit)
		limit(said.Global, "keep_dropped_targets", &job.KeepDroppedTargets, keepDroppedTargets)
	}
	return nil
}

// limit sets a job's limit that neither the job nor the global section gives.
func limit[T ~int64 | uint](global map[string]any, key string, current *T, byDefault T) {
	if _, ok := global[key]; !ok && *current == 0 {
		*current = byDefault
	}
}
