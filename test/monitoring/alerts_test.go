// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"maps"
	"testing"
)

const (
	leads    = `leader_election_master_status{@s1,name="kube-scheduler"} 1x120`
	standsBy = `leader_election_master_status{@s2,name="kube-scheduler"} 0x120`
	moves    = `leader_election_master_status{@d1,name="loadline-descheduler"} 1x900`
	waits    = `leader_election_master_status{@d2,name="loadline-descheduler"} 0x900`
)

const system = "loadline-system"

var fromScheduler = map[string]string{"namespace": system, "job": "loadline-scheduler"}

func with(base map[string]string, more ...string) map[string]string {
	all := maps.Clone(base)
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

var scenarios = map[string]map[string]scenario{
	"LoadlineNoFreshData": {
		"half of the nodes are not measured": {
			series: []string{leads, `loadline_metric_nodes_with_sample{@s1,rule_set="a",metric="memory"} 100x9 50x60`, `loadline_metric_nodes_without_sample{@s1,rule_set="a",metric="memory"} 0x9 50x60`},
			from:   15, labels: with(fromScheduler, "rule_set", "a", "metric", "memory"),
			says: "loadline-scheduler knows metric memory of rule set a on 50% of the nodes. On the others, rules that need it evict nobody, and refuse nobody unless they say onMissing: Reject.",
		},
		"without leader election": {
			series: []string{`loadline_metric_nodes_with_sample{@s1,rule_set="a",metric="memory"} 0x60`, `loadline_metric_nodes_without_sample{@s1,rule_set="a",metric="memory"} 4x60`},
			from:   5, labels: with(fromScheduler, "rule_set", "a", "metric", "memory"),
			says: "loadline-scheduler knows metric memory of rule set a on 0% of the nodes. On the others, rules that need it evict nobody, and refuse nobody unless they say onMissing: Reject.",
		},
		"one that stands by masks nothing": {
			series: []string{leads, standsBy,
				`loadline_metric_nodes_with_sample{@s1,rule_set="a",metric="memory"} 89x60`, `loadline_metric_nodes_without_sample{@s1,rule_set="a",metric="memory"} 11x60`,
				`loadline_metric_nodes_with_sample{@s2,rule_set="a",metric="memory"} 100x60`, `loadline_metric_nodes_without_sample{@s2,rule_set="a",metric="memory"} 0x60`},
			from: 5, labels: with(fromScheduler, "rule_set", "a", "metric", "memory"),
			says: "loadline-scheduler knows metric memory of rule set a on 89% of the nodes. On the others, rules that need it evict nobody, and refuse nobody unless they say onMissing: Reject.",
		},
		"one that stands by": {series: []string{leads, standsBy,
			`loadline_metric_nodes_with_sample{@s1,rule_set="a",metric="memory"} 100x60`, `loadline_metric_nodes_without_sample{@s1,rule_set="a",metric="memory"} 0x60`,
			`loadline_metric_nodes_with_sample{@s2,rule_set="a",metric="memory"} 0x60`, `loadline_metric_nodes_without_sample{@s2,rule_set="a",metric="memory"} 100x60`}},
		"a tenth":               {series: []string{leads, `loadline_metric_nodes_with_sample{@s1,rule_set="a",metric="memory"} 90x60`, `loadline_metric_nodes_without_sample{@s1,rule_set="a",metric="memory"} 10x60`}},
		"no node of a rule set": {series: []string{leads, `loadline_metric_nodes_with_sample{@s1,rule_set="a",metric="memory"} 0x60`, `loadline_metric_nodes_without_sample{@s1,rule_set="a",metric="memory"} 0x60`}},
		"a start, with no data": {series: []string{leads, `loadline_metric_nodes_with_sample{@s1,rule_set="a",metric="cpu"} 0x3 100x60`, `loadline_metric_nodes_without_sample{@s1,rule_set="a",metric="cpu"} 100x3 0x60`}},
	},
	"LoadlineTelemetryStale": {
		"the leader hangs": {
			series: []string{leads, standsBy, `loadline_snapshot_timestamp_seconds{@s1} 0+60x10 600x60`, `loadline_snapshot_timestamp_seconds{@s2} 0+60x120`},
			from:   23, labels: fromScheduler,
			says: "The leader of loadline-scheduler last judged the nodes 13m 0s ago. Until it does again, nodes count as they were then, and nobody is evicted.",
		},
		"one that stands by hangs":          {series: []string{leads, standsBy, `loadline_snapshot_timestamp_seconds{@s1} 0+60x120`, `loadline_snapshot_timestamp_seconds{@s2} 0+60x10 600x60`}},
		"one that stands by never measured": {series: []string{moves, waits, `loadline_snapshot_timestamp_seconds{@d1} 0+60x120`, `loadline_snapshot_timestamp_seconds{@d2} 0x120`}},
		"an interval of five minutes":       {series: []string{leads, `loadline_snapshot_timestamp_seconds{@s1} 0x4 300x4 600x4 900x4 1200x4 1500x4 1800x4 2100x4 2400x4 2700x4 3000x4 3300x4 3600x4`}},
	},
	"LoadlineQueryFailing": {
		"fails in each round": {
			series: []string{leads, `loadline_tick_duration_seconds_count{@s1} 0+4x60`, `loadline_query_failures_total{@s1,rule_set="a",metric="gpu"} 0x9 0+4x60`},
			from:   21, labels: with(fromScheduler, "rule_set", "a", "metric", "gpu"),
			says: "The query of metric gpu of rule set a failed in 100% of the rounds of loadline-scheduler within ten minutes. Its last samples count until they are stale.",
		},
		"fails now and then": {series: []string{leads, `loadline_tick_duration_seconds_count{@s1} 0+4x60`, `loadline_query_failures_total{@s1,rule_set="a",metric="gpu"} 0+1x60`}},
		"one that stands by": {series: []string{leads, standsBy, `loadline_tick_duration_seconds_count{@s2} 0+4x60`, `loadline_query_failures_total{@s2,rule_set="a",metric="gpu"} 0+4x60`}},
		"a restart":          {series: []string{leads, `loadline_tick_duration_seconds_count{@s1} 0+4x20 1+4x40`, `loadline_query_failures_total{@s1,rule_set="a",metric="gpu"} 50x20 0x40`}},
	},
	"LoadlineKubeletsUnreachable": {
		"one in twenty": {
			series: []string{leads, `loadline_kubelet_nodes_unreachable{@s1} 0x9 5x60`, `loadline_nodes{@s1} 100x60`},
			from:   25, labels: fromScheduler, says: "loadline-scheduler gets no metrics from the kubelets of 5% of the nodes.",
		},
		"one in a hundred":   {series: []string{leads, `loadline_kubelet_nodes_unreachable{@s1} 1x60`, `loadline_nodes{@s1} 100x60`}},
		"one that stands by": {series: []string{leads, standsBy, `loadline_kubelet_nodes_unreachable{@s2} 50x60`, `loadline_nodes{@s2} 100x60`}},
		"no nodes yet":       {series: []string{leads, `loadline_kubelet_nodes_unreachable{@s1} 0x60`, `loadline_nodes{@s1} 0x60`}},
	},
	"LoadlineSeriesDropped": {
		"by the database": {
			series: []string{leads, `loadline_telemetry_series_dropped_total{@s1} 0x9 0+10x60`, `loadline_kubelet_series_dropped_total{@s1} 0x60`},
			from:   16, at: 40, labels: fromScheduler,
			says: "loadline-scheduler has dropped new series 150 times within 15 minutes, because a kubelet or the database has as many as its bound allows.",
		},
		"by a kubelet": {
			series: []string{leads, `loadline_telemetry_series_dropped_total{@s1} 0x60`, `loadline_kubelet_series_dropped_total{@s1} 0x9 0+2x60`},
			from:   16, at: 40, labels: fromScheduler,
			says: "loadline-scheduler has dropped new series 30 times within 15 minutes, because a kubelet or the database has as many as its bound allows.",
		},
		"one that stands by": {series: []string{leads, standsBy, `loadline_telemetry_series_dropped_total{@s2} 0+10x60`, `loadline_kubelet_series_dropped_total{@s2} 0+10x60`}},
		"long ago":           {series: []string{leads, `loadline_telemetry_series_dropped_total{@s1} 500x60`, `loadline_kubelet_series_dropped_total{@s1} 500x60`}},
		"a restart":          {series: []string{leads, `loadline_telemetry_series_dropped_total{@s1} 500x20 0x60`, `loadline_kubelet_series_dropped_total{@s1} 500x20 0x60`}},
	},
	"LoadlineRulesRefused": {
		"two": {
			series: []string{leads, standsBy, `loadline_rule_sets{@s1,state="Refused"} 0x9 2x60`, `loadline_rule_sets{@s1,state="InForce"} 5x60`, `loadline_rule_sets{@s2,state="Refused"} 0x60`},
			from:   15, labels: map[string]string{"namespace": system},
			says: "2 data keys of rule ConfigMaps do not decode or validate. Where there was good content before, that stays in force.",
		},
		"both programs say so, once": {
			series: []string{leads, moves, `loadline_rule_sets{@s1,state="Refused"} 1x60`, `loadline_rule_sets{@d1,state="Refused"} 1x60`},
			from:   5, labels: map[string]string{"namespace": system},
			says: "1 data keys of rule ConfigMaps do not decode or validate. Where there was good content before, that stays in force.",
		},
		"superseded is not refused": {series: []string{leads, `loadline_rule_sets{@s1,state="Refused"} 0x60`, `loadline_rule_sets{@s1,state="Superseded"} 1x60`}},
		"put right at once":         {series: []string{leads, `loadline_rule_sets{@s1,state="Refused"} 0x9 1x3 0x60`}},
		"one that stands by":        {series: []string{leads, standsBy, `loadline_rule_sets{@s1,state="Refused"} 0x60`, `loadline_rule_sets{@s2,state="Refused"} 1x60`}},
	},
	"LoadlineTooManyNodesOverLine": {
		"more than maxNodes": {
			series: []string{leads, `loadline_rule_suspended{@s1,rule_set="a",rule="hot"} 0x9 1x60`, `loadline_rule_nodes{@s1,rule_set="a",rule="hot",state="InForce"} 60x60`},
			from:   25, labels: map[string]string{"namespace": system, "rule_set": "a", "rule": "hot"},
			says: "Rule hot of rule set a refuses no node, because more nodes (60) are over its line than reject.maxNodes allows.",
		},
		"for a moment":       {series: []string{leads, `loadline_rule_suspended{@s1,rule_set="a",rule="hot"} 0x9 1x13 0x60`}},
		"one that stands by": {series: []string{leads, standsBy, `loadline_rule_suspended{@s2,rule_set="a",rule="hot"} 1x60`}},
	},
	"LoadlineConfigurationRefused": {
		"the configuration": {
			series: []string{leads, `loadline_config_reload_failed{@s1} 0x9 1x60`, `loadline_scrape_config_refused{@s1} 0x60`},
			from:   15, labels: fromScheduler,
			says: "loadline-scheduler cannot use its configuration file as it is now, or the scrape configuration that this names. It goes on with the last good one, and would fail at a restart.",
		},
		"the scrape configuration": {
			series: []string{leads, `loadline_config_reload_failed{@s1} 0x60`, `loadline_scrape_config_refused{@s1} 0x9 1x60`},
			from:   15, labels: fromScheduler,
			says: "loadline-scheduler cannot use its configuration file as it is now, or the scrape configuration that this names. It goes on with the last good one, and would fail at a restart.",
		},
		"one that stands by": {series: []string{leads, standsBy, `loadline_config_reload_failed{@s2} 1x60`, `loadline_scrape_config_refused{@s2} 1x60`}},
		"good":               {series: []string{leads, `loadline_config_reload_failed{@s1} 0x60`, `loadline_scrape_config_refused{@s1} 0x60`}},
	},
	"LoadlineAuditLinesDropped": {
		"two a minute": {
			series: []string{leads, `loadline_audit_lines_dropped_total{@s1} 0x9 0+2x60`},
			from:   12, at: 40, labels: fromScheduler,
			says: "loadline-scheduler has dropped 30 lines of its audit log within 15 minutes, because they could not be written.",
		},
		"long ago":  {series: []string{leads, `loadline_audit_lines_dropped_total{@s1} 9x60`}},
		"a restart": {series: []string{leads, `loadline_audit_lines_dropped_total{@s1} 9x20 0x60`}},
	},
	"LoadlineRestarting": {
		"four times": {
			series: []string{`process_start_time_seconds{@s1} 1x9 600x3 900x3 1100x3 1300x60`},
			from:   27, labels: fromScheduler, says: "loadline-scheduler has restarted 4 times within an hour.",
		},
		"a rolling upgrade":  {series: []string{`process_start_time_seconds{@s1} 1x9 stale`, `process_start_time_seconds{@s2} _x10 600x60`}},
		"one restart":        {series: []string{`process_start_time_seconds{@s1} 1x9 600x60`}},
		"another program is": {series: []string{`process_start_time_seconds{job="other",instance="x"} 1+60x60`}},
	},
	"LoadlineSchedulerNoLeader": {
		"down": {
			series: []string{`up{@s1} 1x9 0x60`, `leader_election_master_status{@s1,name="kube-scheduler"} 1x9 stale`},
			from:   13, says: "No replica of loadline-scheduler is up and leads. Pods that name it stay pending.",
		},
		"not there at all": {series: []string{`up{job="kube-scheduler"} 1x60`}, from: 3, says: "No replica of loadline-scheduler is up and leads. Pods that name it stay pending."},
		"nobody leads": {
			series: []string{`up{@s1} 1x60`, `up{@s2} 1x60`, `leader_election_master_status{@s1,name="kube-scheduler"} 0x60`, standsBy,
				`leader_election_master_status{job="kube-scheduler",name="kube-scheduler"} 1x60`},
			from: 3, labels: map[string]string{"namespace": system}, says: "No replica of loadline-scheduler is up and leads. Pods that name it stay pending.",
		},
		"healthy":                 {series: []string{`up{@s1} 1x60`, `up{@s2} 1x60`, leads, standsBy}},
		"the leader is lost":      {series: []string{`up{@s1} 1x9 0x60`, `up{@s2} 1x60`, `leader_election_master_status{@s1,name="kube-scheduler"} 1x9 stale`, `leader_election_master_status{@s2,name="kube-scheduler"} 0x11 1x60`}},
		"without leader election": {series: []string{`up{@s1} 1x60`}},
	},
	"LoadlinePodsPendingOverLine": {
		"for a quarter of an hour": {
			series: []string{leads, standsBy, `loadline_longest_wait_seconds{@s1,profile="loadline-scheduler"} 0x9 660+60x60`, `loadline_longest_wait_seconds{@s2,profile="loadline-scheduler"} 0x60`,
				`loadline_waiting_pods{@s1,profile="loadline-scheduler"} 3x60`},
			from: 15, labels: map[string]string{"namespace": system, "profile": "loadline-scheduler"},
			says: "Nothing but load lines has kept a pod of loadline-scheduler waiting for 16m 0s. Pods that wait now: 3.",
		},
		"until giveUpAfter":  {series: []string{leads, `loadline_longest_wait_seconds{@s1,profile="p"} 0+60x5 0+60x5 0+60x5 0+60x5 0+60x5 0+60x5 0+60x5`}},
		"a new leader":       {series: []string{`loadline_longest_wait_seconds{@s1,profile="p"} 0+60x13 stale`, `loadline_longest_wait_seconds{@s2,profile="p"} 0x14 0+60x9 0x40`}},
		"one that stands by": {series: []string{leads, standsBy, `loadline_longest_wait_seconds{@s2,profile="p"} 900x60`}},
	},
	"LoadlineDeschedulerNoLeader": {
		"down": {
			series: []string{`up{@d1} 1x9 0x60`}, from: 15,
			says: "No replica of loadline-descheduler is up and leads. Nothing is evicted, and labels and taints of nodes stay as they are.",
		},
		"nobody leads": {
			series: []string{`up{@d2} 1x60`, waits}, from: 5, labels: map[string]string{"namespace": system},
			says: "No replica of loadline-descheduler is up and leads. Nothing is evicted, and labels and taints of nodes stay as they are.",
		},
		"healthy":           {series: []string{`up{@d1} 1x60`, `up{@d2} 1x60`, moves, waits}},
		"a rolling upgrade": {series: []string{`up{@d1} 1x12 stale`, `up{@d2} _x10 1x60`, `leader_election_master_status{@d1,name="loadline-descheduler"} 1x12 stale`, `leader_election_master_status{@d2,name="loadline-descheduler"} _x10 0x4 1x60`}},
	},
	"LoadlineBreakerOpen": {
		"brings nothing": {
			series: []string{moves, `loadline_descheduler_breaker_open{@d1,reason="Ineffective"} _x10 1x60`, `loadline_descheduler_breaker_open{@d1,reason="WarmingUp"} 0x60`},
			from:   25, labels: map[string]string{"namespace": system}, says: "Nothing is evicted because of Ineffective.",
		},
		"from one reason to the next": {
			series: []string{moves, `loadline_descheduler_breaker_open{@d1,reason="TooManyOver"} 1x7 0x60`, `loadline_descheduler_breaker_open{@d1,reason="TooManyUnmeasured"} _x8 1x60`},
			from:   15, labels: map[string]string{"namespace": system}, says: "Nothing is evicted because of TooManyUnmeasured.",
		},
		"paused":          {series: []string{moves, `loadline_descheduler_breaker_open{@d1,reason="Paused"} 1x60`}},
		"a long start":    {series: []string{moves, `loadline_descheduler_breaker_open{@d1,reason="WarmingUp"} 1x60`}},
		"over by itself":  {series: []string{moves, `loadline_descheduler_breaker_open{@d1,reason="TooManyOver"} 1x13 0x60`}},
		"of a former run": {series: []string{moves, waits, `loadline_descheduler_breaker_open{@d2,reason="TooManyOver"} 1x60`}},
	},
	"LoadlineEvictionsPaused": {
		"overnight": {
			series: []string{moves, `loadline_descheduler_breaker_open{@d1,reason="Paused"} 1x900`},
			from:   720, labels: map[string]string{"namespace": system}, says: "Somebody has paused evictions, and may have forgotten it.",
		},
		"of a former run":  {series: []string{moves, waits, `loadline_descheduler_breaker_open{@d2,reason="Paused"} 1x900`}, minutes: 900},
		"for a day's work": {series: []string{moves, `loadline_descheduler_breaker_open{@d1,reason="Paused"} 1x500 0x400`}, minutes: 900},
	},
	"LoadlineEvictionsIneffective": {
		"two of two": {
			series: []string{`loadline_descheduler_judged_total{@d1,effect="none"} 0x9 1x2 2x60`, `loadline_descheduler_judged_total{@d1,effect="lowered"} 0x60`, `loadline_descheduler_judged_total{@d1,effect="unknown"} 0x60`},
			from:   18, labels: map[string]string{"namespace": system}, says: "100% of the evictions of the last six hours did not lower what their node measures.",
		},
		"over a restart": {
			series: []string{`loadline_descheduler_judged_total{@d1,effect="none"} 0x9 1x9 stale`, `loadline_descheduler_judged_total{@d1,effect="lowered"} 0x19 stale`,
				`loadline_descheduler_judged_total{@d2,effect="none"} _x20 0x5 1x60`, `loadline_descheduler_judged_total{@d2,effect="lowered"} _x20 0x60`},
			from: 31, labels: map[string]string{"namespace": system}, says: "100% of the evictions of the last six hours did not lower what their node measures.",
		},
		"two of ten":   {series: []string{`loadline_descheduler_judged_total{@d1,effect="none"} 0x9 2x60`, `loadline_descheduler_judged_total{@d1,effect="lowered"} 0x9 8x60`}},
		"one of one":   {series: []string{`loadline_descheduler_judged_total{@d1,effect="none"} 0x9 1x60`, `loadline_descheduler_judged_total{@d1,effect="lowered"} 0x60`}},
		"dry runs":     {series: []string{`loadline_descheduler_judged_total{@d1,effect="none"} 0x60`, `loadline_descheduler_judged_total{@d1,effect="lowered"} 0x60`, `loadline_descheduler_judged_total{@d1,effect="unknown"} 0+1x60`}},
		"before start": {series: []string{`loadline_descheduler_judged_total{@d1,effect="none"} 9x60`, `loadline_descheduler_judged_total{@d1,effect="lowered"} 0x60`}},
	},
	"LoadlinePredictionWrong": {
		"more than predicted": {
			series: ratios("0", "0", "0x9 3x60", "0x9 3x60"),
			from:   15, labels: map[string]string{"namespace": system}, says: "Half of the nodes that lost pods in the last six hours measured at least 117.5% of what was predicted.",
		},
		"as predicted":   {series: ratios("0x9 3x60", "0x9 3x60", "0x9 3x60", "0x9 3x60")},
		"two alone":      {series: ratios("0", "0", "0x9 2x60", "0x9 2x60")},
		"less than half": {series: ratios("0x9 3x60", "0x9 3x60", "0x9 5x60", "0x9 5x60")},
		"a restart":      {series: ratios("0", "0", "9x20 0x60", "9x20 0x60")},
	},
	"LoadlineEvictionsFailing": {
		"all of them": {
			series: []string{`loadline_descheduler_evictions_total{@d1,rule_set="a",rule="hot",result="failed"} 0x9 6x60`},
			from:   15, labels: map[string]string{"namespace": system}, says: "6 evictions of the last hour were refused or not carried out, and fewer succeeded.",
		},
		"most succeed": {series: []string{`loadline_descheduler_evictions_total{@d1,rule_set="a",rule="hot",result="failed"} 0x9 6x60`, `loadline_descheduler_evictions_total{@d1,rule_set="b",rule="hot",result="evicted"} 0x9 7x60`}},
		"a few":        {series: []string{`loadline_descheduler_evictions_total{@d1,rule_set="a",rule="hot",result="failed"} 0x9 3x60`}},
		"a dry run":    {series: []string{`loadline_descheduler_evictions_total{@d1,rule_set="a",rule="hot",result="dry_run"} 0x9 60x60`}},
	},
	"LoadlineNodesStayOverLine": {
		"for an hour": {
			series: []string{moves, `loadline_descheduler_nodes_held{@d1,reason="NoneMovable"} _x10 2x90`},
			from:   70, labels: map[string]string{"namespace": system}, says: "None of the pods of 2 nodes over a line can be moved.",
		},
		"of a former run": {series: []string{moves, waits, `loadline_descheduler_nodes_held{@d2,reason="NoneMovable"} 2x90`}, minutes: 90},
		"they wait":       {series: []string{moves, `loadline_descheduler_nodes_held{@d1,reason="NodeCooldown"} 2x90`}, minutes: 90},
		"for less":        {series: []string{moves, `loadline_descheduler_nodes_held{@d1,reason="NoneMovable"} _x10 2x50 stale`}, minutes: 90},
	},
	"LoadlineMarksFailing": {
		"one a minute": {
			series: []string{`loadline_node_mark_writes_total{@d1,result="failure"} 0x9 0+1x60`},
			from:   20, at: 60, labels: map[string]string{"namespace": system}, says: "15 attempts to write labels or taints of nodes have failed within 15 minutes.",
		},
		"conflicts": {series: []string{`loadline_node_mark_writes_total{@d1,result="conflict"} 0+1x60`, `loadline_node_mark_writes_total{@d1,result="failure"} 0x60`}},
		"a few":     {series: []string{`loadline_node_mark_writes_total{@d1,result="failure"} 0x9 3x60`}},
	},
	"LoadlinePodsUnhandled": {
		"a name that nobody answers to": {
			series: []string{moves, waits, `loadline_unhandled_pods{@d1,scheduler_name="lodeline"} _x10 4x60`},
			from:   15, labels: map[string]string{"namespace": system, "scheduler_name": "lodeline"},
			says: "4 pods name the scheduler lodeline, for which nothing answers. Nobody will place them.",
		},
		"while it restarts":  {series: []string{moves, `loadline_unhandled_pods{@d1,scheduler_name="gpu"} _x10 4x3 0x60`}},
		"one that stands by": {series: []string{moves, waits, `loadline_unhandled_pods{@d2,scheduler_name="gpu"} 4x60`}},
	},
}

// ratios are the series of a histogram, of which those without values are zero.
func ratios(le1, le11, le125, all string) []string {
	series := func(suffix, values string) string {
		if values == "0" {
			values = "0x60"
		}
		return "loadline_descheduler_measured_to_predicted_ratio_" + suffix + "} " + values
	}
	return []string{
		series(`bucket{@d1,le="1"`, le1), series(`bucket{@d1,le="1.1"`, le11), series(`bucket{@d1,le="1.25"`, le125),
		series(`bucket{@d1,le="+Inf"`, all), series(`count{@d1`, all),
	}
}

// Each alert fires when it should, after as long as it says, with the values in its
// text; and neither for what is healthy nor for a replica that stands by.
func TestAlerts(t *testing.T) {
	alerts, err := Alerts()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, alert := range alerts {
		t.Run(alert.Name, func(t *testing.T) {
			t.Parallel()
			cases := scenarios[alert.Name]
			fires, isQuiet := false, false
			for _, tc := range cases {
				fires, isQuiet = fires || tc.from > 0, isQuiet || tc.from == 0
			}
			if !fires || !isQuiet {
				t.Errorf("there is no scenario in which it fires, or none in which it does not")
			}
			play(t, &alert, cases)
		})
		known[alert.Name] = true
	}
	for name := range scenarios {
		if !known[name] {
			t.Errorf("there is no alert %s", name)
		}
	}
}
