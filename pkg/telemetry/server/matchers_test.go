// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import "testing"

func TestRestrict(t *testing.T) {
	cases := map[string]struct{ query, want string }{
		"selector":           {`m`, `m{cluster="p"}`},
		"other matchers":     {`m{a="b"}`, `m{a="b",cluster="p"}`},
		"the same label":     {`m{cluster=~"p|q"}`, `m{cluster="p",cluster=~"p|q"}`},
		"name as a label":    {`{__name__="m"}`, `{__name__="m",cluster="p"}`},
		"range":              {`rate(m[5m])`, `rate(m{cluster="p"}[5m])`},
		"offset":             {`m offset 1d`, `m{cluster="p"} offset 1d`},
		"negative offset":    {`m offset -5m`, `m{cluster="p"} offset -5m`},
		"@":                  {`m @ 1609746000`, `m{cluster="p"} @ 1609746000.000`},
		"@ end":              {`rate(m[5m] @ end())`, `rate(m{cluster="p"}[5m] @ end())`},
		"subquery":           {`max_over_time(rate(m[1m])[10m:15s] offset 1h)`, `max_over_time(rate(m{cluster="p"}[1m])[10m:15s] offset 1h)`},
		"aggregation":        {`max by (node) (m)`, `max by (node) (m{cluster="p"})`},
		"parameter":          {`topk(scalar(k), m)`, `topk(scalar(k{cluster="p"}), m{cluster="p"})`},
		"matching":           {`a / on (node) group_left (x) b`, `a{cluster="p"} / on (node) group_left (x) b{cluster="p"}`},
		"set operation":      {`a or b unless c`, `a{cluster="p"} or b{cluster="p"} unless c{cluster="p"}`},
		"negation":           {`-(m)`, `-(m{cluster="p"})`},
		"timestamp":          {`timestamp(m)`, `timestamp(m{cluster="p"})`},
		"absent":             {`absent(m)`, `absent(m{cluster="p"})`},
		"no selector at all": {`vector(1)`, `vector(1)`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := restrict(tc.query, matchersOf(map[string]string{"cluster": "p"}))
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestRestrictWithSeveral(t *testing.T) {
	got, err := restrict(`m`, matchersOf(map[string]string{"b": `say "hi"`, "a": "", "k8s.cluster": "p"}))
	if err != nil {
		t.Fatal(err)
	}
	if want := `m{"k8s.cluster"="p",a="",b="say \"hi\""}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRestrictRefuses(t *testing.T) {
	if got, err := restrict(`sum(`, matchersOf(map[string]string{"a": "b"})); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}
