// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const argsHeader = "apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\n"

// prometheus are arguments with a server that is reached with an HTTP
// configuration.
func prometheus(httpConfig string) string {
	return argsHeader + "telemetry: {prometheus: {url: 'https://p', httpConfig: " + httpConfig + "}}"
}

func TestDecodeLoadlineArgs(t *testing.T) {
	cases := map[string]struct {
		text string
		want string // part of the error; empty: good
	}{
		"nothing":                 {text: ""},
		"all defaults":            {text: argsHeader},
		"unknown field":           {text: argsHeader + "telemetry: {intervall: 15s}", want: `unknown field "telemetry.intervall"`},
		"no apiVersion":           {text: "rulesNamespace: loadline-system", want: "apiVersion"},
		"interval too short":      {text: argsHeader + "telemetry: {interval: 100ms}", want: "telemetry.interval"},
		"interval too long":       {text: argsHeader + "telemetry: {interval: 1h}", want: "telemetry.interval"},
		"interval not whole":      {text: argsHeader + "telemetry: {interval: 1500ms}", want: "telemetry.interval"},
		"interval without a unit": {text: argsHeader + "telemetry: {interval: 15}", want: "telemetry.interval"},
		"namespace":               {text: argsHeader + "rulesNamespace: Not_One", want: "rulesNamespace"},
		"authority and none":      {text: argsHeader + "telemetry: {embedded: {kubelets: {caFile: a, insecureSkipVerify: true}}}", want: "telemetry.embedded.kubelets.caFile"},
		"service account":         {text: argsHeader + "telemetry: {embedded: {kubelets: {serviceAccount: Not_One}}}", want: "telemetry.embedded.kubelets.serviceAccount"},
		"all of embedded":         {text: argsHeader + "rulesNamespace: a\ntelemetry: {interval: 30s, embedded: {dataDirectory: /d, kubelets: {serviceAccount: b, caFile: c}}}"},

		"all of what feeds it":     {text: argsHeader + "telemetry: {embedded: {maxSize: 1Gi, maxSeries: 5000, scrapeConfigFile: /f, kubelets: {addressTypes: [Hostname, InternalIP], maxSeriesPerNode: 100}}}"},
		"metrics API":              {text: argsHeader + "telemetry: {embedded: {metricsAPI: {}, scrapeConfigFile: /f}}"},
		"metrics API and kubelets": {text: argsHeader + "telemetry: {embedded: {metricsAPI: {}, kubelets: {caFile: /f}}}", want: "telemetry.embedded.kubelets: Forbidden: may not be given together with metricsAPI"},
		"setting of metrics API":   {text: argsHeader + "telemetry: {embedded: {metricsAPI: {url: x}}}", want: `unknown field "telemetry.embedded.metricsAPI.url"`},
		"size that is no quantity": {text: argsHeader + "telemetry: {embedded: {maxSize: much}}", want: "quantit"},
		"size too small":           {text: argsHeader + "telemetry: {embedded: {maxSize: 10Mi}}", want: "telemetry.embedded.maxSize: Invalid value: \"10Mi\": must be at least 64Mi"},
		"no series":                {text: argsHeader + "telemetry: {embedded: {maxSeries: 0}}", want: "telemetry.embedded.maxSeries: Invalid value: 0: must be greater than zero"},
		"no series of a node":      {text: argsHeader + "telemetry: {embedded: {kubelets: {maxSeriesPerNode: -1}}}", want: "telemetry.embedded.kubelets.maxSeriesPerNode"},
		"type of address":          {text: argsHeader + "telemetry: {embedded: {kubelets: {addressTypes: [InternalIP, Home]}}}", want: `telemetry.embedded.kubelets.addressTypes[1]: Unsupported value: "Home"`},

		"two engines":          {text: argsHeader + "telemetry: {embedded: {}, prometheus: {url: 'http://p'}}", want: "telemetry.prometheus: Forbidden: may not be given together with embedded"},
		"no URL":               {text: argsHeader + "telemetry: {prometheus: {}}", want: "telemetry.prometheus.url: Required"},
		"URL of another kind":  {text: argsHeader + "telemetry: {prometheus: {url: 'ftp://p'}}", want: "telemetry.prometheus.url: Invalid"},
		"URL without a scheme": {text: argsHeader + "telemetry: {prometheus: {url: 'prometheus:9090'}}", want: "must be an http or https URL"},
		"URL of nobody":        {text: argsHeader + "telemetry: {prometheus: {url: 'http:///api'}}", want: "must be an http or https URL"},
		"broken URL":           {text: argsHeader + "telemetry: {prometheus: {url: 'http://p:port'}}", want: "is not a URL"},
		"URL with a password":  {text: argsHeader + "telemetry: {prometheus: {url: 'http://u:hunter2@p'}}", want: "telemetry.prometheus.url: Forbidden: may not hold credentials"},
		"URL with a query":     {text: argsHeader + "telemetry: {prometheus: {url: 'http://p?token=hunter2'}}", want: "without a query"},
		"matcher label":        {text: argsHeader + "telemetry: {prometheus: {url: 'http://p', matchers: {'': x}}}", want: "telemetry.prometheus.matchers[]"},
		"matcher of the name":  {text: argsHeader + "telemetry: {prometheus: {url: 'http://p', matchers: {__name__: x}}}", want: "telemetry.prometheus.matchers[__name__]: Forbidden"},
		"timeout":              {text: argsHeader + "telemetry: {prometheus: {url: 'http://p', timeout: 5}}", want: "telemetry.prometheus.timeout"},
		"timeout of zero":      {text: argsHeader + "telemetry: {prometheus: {url: 'http://p', timeout: 0s}}", want: "telemetry.prometheus.timeout"},
		"timeout too long":     {text: argsHeader + "telemetry: {prometheus: {url: 'http://p', timeout: 20s}}", want: "must not be longer than the interval (15s)"},
		"all of prometheus": {text: argsHeader + "telemetry: {interval: 1m, prometheus: {url: 'https://p:9090/tenant', timeout: 30s, matchers: {cluster: prod-7, a.b: ''}, " +
			"httpConfig: {basic_auth: {username: u, password_file: /p}, tls_config: {ca_file: /c, server_name: n, min_version: TLS13}, http_headers: {X-Scope-OrgID: {values: [a]}}}}}"},

		"unknown HTTP setting":     {text: prometheus("{basic_aut: {}}"), want: "telemetry.prometheus.httpConfig: Invalid value: field basic_aut not found"},
		"unknown setting in depth": {text: prometheus("{tls_config: {ca: a, cafile: b}}"), want: "field cafile not found"},
		"wrong type":               {text: prometheus("[]"), want: "telemetry.prometheus.httpConfig"},
		"two ways to authenticate": {text: prometheus("{basic_auth: {username: u}, authorization: {credentials_file: /f}}"), want: "telemetry.prometheus.httpConfig: Invalid value: at most one of"},
		"bearer file":              {text: prometheus("{authorization: {credentials_file: /f}}")},
		"OAuth2":                   {text: prometheus("{oauth2: {client_id: i, client_secret_file: /f, token_url: 'https://t'}}")},
		"header that is reserved":  {text: prometheus("{http_headers: {Authorization: {values: [hunter2]}}}"), want: `setting header "Authorization" is not allowed`},
		"header called key":        {text: prometheus("{http_headers: {key: {values: [a]}}}")},
		"credentials":              {text: prometheus("{authorization: {credentials: hunter2}}"), want: "telemetry.prometheus.httpConfig.authorization.credentials: Forbidden: a secret may not be in this file: use credentials_file"},
		"password":                 {text: prometheus("{basic_auth: {username: u, password: hunter2}}"), want: "httpConfig.basic_auth.password: Forbidden: a secret may not be in this file: use password_file"},
		"password that is no text": {text: prometheus("{basic_auth: {username: u, password: [hunter2]}}"), want: "use password_file"},
		"bearer token":             {text: prometheus("{bearer_token: hunter2}"), want: "use bearer_token_file"},
		"client secret":            {text: prometheus("{oauth2: {client_id: i, client_secret: hunter2, token_url: 'https://t'}}"), want: "httpConfig.oauth2.client_secret: Forbidden: a secret may not be in this file: use client_secret_file"},
		"password as a parameter":  {text: prometheus("{oauth2: {client_id: i, token_url: 'https://t', endpoint_params: {password: hunter2}}}"), want: "httpConfig.oauth2.endpoint_params.password: Forbidden"},
		"private key":              {text: prometheus("{tls_config: {cert: c, key: hunter2}}"), want: "httpConfig.tls_config.key: Forbidden: a secret may not be in this file: use key_file"},
		"secret header":            {text: prometheus("{http_headers: {X-Key: {secrets: [hunter2]}}}"), want: "httpConfig.http_headers.X-Key.secrets: Forbidden: a secret may not be in this file: use files"},
		"header for the proxy":     {text: prometheus("{proxy_url: 'http://p', proxy_connect_header: {A: [hunter2]}}"), want: "httpConfig.proxy_connect_header: Forbidden"},
		"proxy with a password":    {text: prometheus("{proxy_url: 'http://u:hunter2@p'}"), want: "httpConfig.proxy_url: Forbidden"},

		"builtin":                 {text: argsHeader + "telemetry: {builtins: {memory: max by (node) (m), cpu: c}}"},
		"builtin of a server":     {text: argsHeader + "telemetry: {prometheus: {url: 'http://p'}, builtins: {memory: m}}"},
		"unknown builtin":         {text: argsHeader + "telemetry: {builtins: {heat: m}}", want: `telemetry.builtins[heat]: Unsupported value: "heat": supported values: "cpu", "memory"`},
		"builtin without PromQL":  {text: argsHeader + "telemetry: {builtins: {memory: ''}}", want: "telemetry.builtins[memory]"},
		"builtin does not parse":  {text: argsHeader + "telemetry: {builtins: {memory: 'sum('}}", want: "telemetry.builtins[memory]: Invalid value: \"sum(\": does not parse as PromQL"},
		"builtin is not a vector": {text: argsHeader + "telemetry: {builtins: {memory: '1'}}", want: "must yield an instant vector"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			args, err := v1alpha1.DecodeLoadlineArgs([]byte(tc.text))
			switch {
			case tc.want == "" && err != nil:
				t.Fatal(err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Fatalf("got %+v, %v, want an error with %q", args, err, tc.want)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("got %q, want no secret in it", err)
			case tc.want == "" && (args.Telemetry.Embedded == nil) == (args.Telemetry.Prometheus == nil):
				t.Errorf("got %+v, want one engine", args.Telemetry)
			}
		})
	}
}

func TestQueryTimeout(t *testing.T) {
	cases := map[string]struct {
		text string
		want time.Duration
	}{
		"default":        {text: "telemetry: {}", want: 10 * time.Second},
		"short interval": {text: "telemetry: {interval: 2s}", want: 2 * time.Second},
		"server":         {text: "telemetry: {prometheus: {url: 'http://p'}}", want: 10 * time.Second},
		"given":          {text: "telemetry: {prometheus: {url: 'http://p', timeout: 15s}}", want: 15 * time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			args, err := v1alpha1.DecodeLoadlineArgs([]byte(argsHeader + tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := args.Telemetry.QueryTimeout(); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestHTTPConfig(t *testing.T) {
	args, err := v1alpha1.DecodeLoadlineArgs([]byte(prometheus("{authorization: {credentials_file: /token}, follow_redirects: false}")))
	if err != nil {
		t.Fatal(err)
	}
	value := args.Telemetry.Prometheus.HTTPConfig.Value()
	if value.Authorization.Type != "Bearer" || value.Authorization.CredentialsFile != "/token" || value.FollowRedirects || !value.EnableHTTP2 {
		t.Errorf("got %+v, want what was given and Prometheus' defaults", value)
	}
	written, err := yaml.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v1alpha1.DecodeLoadlineArgs(written); err != nil {
		t.Errorf("refused after it was written: %v\n%s", err, written)
	}
	if missing := (*v1alpha1.HTTPConfig)(nil).Value(); !missing.FollowRedirects || missing.Authorization != nil {
		t.Errorf("without a configuration: got %+v, want Prometheus' defaults", missing)
	}
}

// The scheduler configurations that are shipped are good.
func TestShippedConfigurations(t *testing.T) {
	for _, file := range glob(t, "../../../manifests/scheduler/config*.yaml") {
		var configuration struct {
			Profiles []struct{ PluginConfig []struct{ Args any } }
		}
		read(t, file, &configuration)
		for _, profile := range configuration.Profiles {
			for _, plugin := range profile.PluginConfig {
				args, err := yaml.Marshal(plugin.Args)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := v1alpha1.DecodeLoadlineArgs(args); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
}
