// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// LoadlineArgs configure the Loadline plugin in a KubeSchedulerConfiguration.
// All profiles of one scheduler share one telemetry engine, so their arguments
// must agree.
type LoadlineArgs struct {
	metav1.TypeMeta `json:",inline"`

	// RulesNamespace is the namespace whose ConfigMaps with the label
	// loadline.dev/rules=true hold the rule sets. Default "loadline-system".
	RulesNamespace string `json:"rulesNamespace,omitempty"`
	// Telemetry says how nodes are measured.
	Telemetry Telemetry `json:"telemetry,omitempty"`
	// Estimates say what pods are taken to use before they are measured.
	Estimates Estimates `json:"estimates,omitempty"`
}

// Estimates say what a pod is taken to use of a resource until the node that it
// is on shows it: what the replicas of its workload were measured to use, else
// what it requests, else a default.
type Estimates struct {
	// RequestFactor is what a pod is taken to use of what it requests. Not
	// negative. Default 100%.
	RequestFactor *Threshold `json:"requestFactor,omitempty"`
	// Defaults are what a pod is taken to use that requests nothing, by resource; of
	// a resource that is not named it is nothing. Default 100m of cpu and 200Mi of
	// memory.
	Defaults corev1.ResourceList `json:"defaults,omitempty"`
	// Disabled has nodes judged by what they measured alone, for comparison: pods
	// that come between two measurements then all go to the same nodes. Default
	// false.
	Disabled bool `json:"disabled,omitempty"`
}

// Telemetry says how nodes are measured.
type Telemetry struct {
	// Interval is the time between two measurements of a node and between two
	// evaluations of the rules, which happen at whole multiples of it in Unix
	// time. Whole seconds, 1s to 5m. Default 15s.
	Interval *Duration `json:"interval,omitempty"`
	// Embedded configures the measuring engine that runs inside the process. It
	// excludes Prometheus, without which it is what measures.
	Embedded *Embedded `json:"embedded,omitempty"`
	// Prometheus names a server that measures instead of Embedded.
	Prometheus *Prometheus `json:"prometheus,omitempty"`
	// Builtins put PromQL of the operator's own in the place of that of built-in
	// metrics, by their names. A window in a rule set does not change it: the one
	// that it has is written in it.
	Builtins map[Builtin]string `json:"builtins,omitempty"`
}

// Embedded configures the Prometheus storage and query engine inside the
// process, and what feeds it.
type Embedded struct {
	// DataDirectory keeps the last two hours of samples, so that windows
	// survive a restart. Only one process can use it at a time. Default
	// "/var/lib/loadline", and in the descheduler "/var/lib/loadline-descheduler".
	DataDirectory string `json:"dataDirectory,omitempty"`
	// MaxSize bounds what is kept on disk: the oldest blocks of samples go first.
	// The log of what is in no block yet stays, and is bounded by MaxSeries. At
	// least 64Mi. Default 2Gi.
	MaxSize *resource.Quantity `json:"maxSize,omitempty"`
	// MaxSeries bounds the series that are held in memory at a time, each for
	// about 1.2 kB. New ones beyond it are left out, and counted. Default 1000000.
	MaxSeries *int64 `json:"maxSeries,omitempty"`
	// Kubelets says how the nodes' kubelets are asked.
	Kubelets Kubelets `json:"kubelets,omitempty"`
	// MetricsAPI asks metrics.k8s.io in place of the kubelets, for platforms on
	// which nobody else can reach these. Of the built-in metrics it has cpu and
	// memory. It has no settings: write {}. It excludes Kubelets. Default: kubelets
	// are asked.
	MetricsAPI *MetricsAPI `json:"metricsAPI,omitempty"`
	// ScrapeConfigFile names a file in the format of Prometheus's own
	// configuration, of which "global" and "scrape_configs" are read, with the
	// service discovery kubernetes, static, file, dns and http: for everything
	// that kubelets do not tell. It is read again when it changes. Default:
	// nothing else is scraped.
	ScrapeConfigFile string `json:"scrapeConfigFile,omitempty"`
}

// MetricsAPI says that the metrics API is asked, which has no settings.
type MetricsAPI struct{}

// Kubelets says how the nodes' kubelets are asked for /metrics/resource.
type Kubelets struct {
	// ServiceAccount names the ServiceAccount in RulesNamespace whose token
	// kubelets are shown. It should hold nothing but "get nodes/metrics": the
	// scheduler's own credentials are never sent to a node. Default
	// "loadline-kubelet-reader".
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// AddressTypes are the types of the nodes' addresses at which kubelets are
	// asked, the most preferred first, of the five that Kubernetes knows. Default
	// InternalIP, ExternalIP, InternalDNS, ExternalDNS, Hostname.
	AddressTypes []corev1.NodeAddressType `json:"addressTypes,omitempty"`
	// MaxSeriesPerNode bounds the series that are kept of one kubelet, so that
	// one which explodes harms no other. Those of the node as a whole come first.
	// Default 10000.
	MaxSeriesPerNode *int32 `json:"maxSeriesPerNode,omitempty"`
	// CAFile is a PEM file with the authorities that sign the kubelets' serving
	// certificates. It is read again when it changes. Default: those of the API
	// server.
	CAFile string `json:"caFile,omitempty"`
	// InsecureSkipVerify accepts any serving certificate, as kubelets with
	// self-signed ones need. Whoever can answer for a node can then report any
	// load for it, and sees a token that can read metrics. It excludes CAFile.
	// Default false.
	InsecureSkipVerify bool `json:"insecureSkipVerify,omitempty"`
}

// Prometheus names the server that answers the queries: Prometheus, Thanos,
// Mimir, VictoriaMetrics or another with the same HTTP API. It has to scrape
// the kubelets' /metrics/resource and kube-state-metrics for the built-in
// metrics, and whatever else the rule sets ask for.
type Prometheus struct {
	// URL is the base of the API, to which /api/v1/query is added. http or
	// https, without credentials.
	URL string `json:"url"`
	// HTTPConfig says how the server is reached. Default: those of Prometheus'
	// own clients, without credentials.
	HTTPConfig *HTTPConfig `json:"httpConfig,omitempty"`
	// Matchers are labels and their values, which every series that a query
	// selects must have: for servers that hold the data of many clusters. Default:
	// none.
	Matchers map[string]string `json:"matchers,omitempty"`
	// Timeout bounds each query. At most the interval. Default: the interval, or
	// 10s where that is shorter.
	Timeout *Duration `json:"timeout,omitempty"`
}
