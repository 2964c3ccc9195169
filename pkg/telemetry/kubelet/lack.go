// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// essential are the metrics that every kubelet gives of its node.
var essential = []string{"node_cpu_usage_seconds_total", "node_memory_working_set_bytes"}

// lackError tells which of the essential metrics a kubelet did not give when it was
// asked, in a way that counts: with a value that is a number, and not too old.
func lackError(samples []embedded.Sample, asked time.Time, staleAfter time.Duration) error {
	var lacks []string
	for _, name := range essential {
		if lack := lackOf(name, samples, asked, staleAfter); lack != "" {
			lacks = append(lacks, name+" "+lack)
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return errors.New("the kubelet answers, but " + strings.Join(lacks, " and "))
}

// lackOf is empty where one of the samples of a metric counts.
func lackOf(name string, samples []embedded.Sample, asked time.Time, staleAfter time.Duration) string {
	lack := "is not in the answer"
	for _, sample := range samples {
		if sample.Series.Get(model.MetricNameLabel) != name {
			continue
		}
		age := asked.Sub(sample.Time)
		switch {
		case math.IsNaN(sample.Value), math.IsInf(sample.Value, 0):
			lack = fmt.Sprintf("is %v", sample.Value)
		case staleAfter > 0 && !sample.Time.IsZero() && age > staleAfter:
			lack = fmt.Sprintf("is %s old", age.Round(time.Second))
		default:
			return ""
		}
	}
	return lack
}
