// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package svg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/test/demo/internal/screen"
)

func TestDrawRow(t *testing.T) {
	for name, tc := range map[string]struct {
		row  screen.Row
		want string
	}{
		"blank": {screen.Row{{Text: "   "}}, ""},
		"letters stand in their columns": {
			screen.Row{{Text: "ab "}, {Style: screen.Over, Text: " <c>"}},
			`<text class="p" x="0" y="13.5" textLength="16.8">ab</text>` +
				`<text class="r" x="33.6" y="13.5" textLength="25.2">&lt;c&gt;</text>`,
		},
		"a bar is one shape": {
			screen.Row{{Style: screen.Low, Text: "██▌"}},
			`<rect class="g" x="0" y="3" width="21" height="13"/>`,
		},
		"a line on a bar": {
			screen.Row{{Style: screen.Mark, Text: "│", Ground: screen.Over}},
			`<rect class="r" x="0" y="3" width="8.4" height="13"/><rect class="m" x="3.5" width="1.4" height="18"/>`,
		},
		"a rule": {
			screen.Row{{Style: screen.Dim, Text: "──"}},
			`<rect class="d" x="0" y="9" width="16.8" height="1"/>`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, drawRow(tc.row)); diff != "" {
				t.Errorf("unexpected drawing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnimation(t *testing.T) {
	start := time.Unix(1000, 0)
	title := screen.Row{{Style: screen.Bold, Text: "title"}}
	recorder := &Recorder{Columns: 20}
	recorder.Add(screen.Frame{title, {{Text: "first"}}}, start)
	recorder.Add(screen.Frame{title, {{Text: "too early"}}}, start.Add(frameTime/2))
	recorder.Add(screen.Frame{title, {{Text: "second"}}}, start.Add(frameTime))
	recorder.AddLast(screen.Frame{title, nil, {{Text: "last"}}})

	picture := recorder.Animation("a & b")
	checkXML(t, picture)
	text := string(picture)
	if strings.Contains(text, "too early") {
		t.Error("a frame was taken before its time")
	}
	if got := strings.Count(text, ">title</text>"); got != 1 {
		t.Errorf("a row that three frames share is drawn %d times, want 1", got)
	}
	for _, want := range []string{
		`<use xlink:href="#r0" y="0"/><use xlink:href="#r1" y="18"/>`,
		`<use xlink:href="#r0" y="54"/><use xlink:href="#r2" y="72"/>`,
		`<use xlink:href="#r0" y="108"/><use xlink:href="#r3" y="144"/>`,
		`.strip{transform:translateY(-108px);animation:play 10s infinite}`,
		`steps(2,end)}20.0000%,100%{transform:translateY(-108px)}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the picture lacks %s:\n%s", want, text)
		}
	}
}

func TestStill(t *testing.T) {
	picture := Still(screen.Frame{{{Text: "one"}}, nil, {{Text: "three"}}}, 10, "label")
	checkXML(t, picture)
	if want := `<g transform="translate(0 36)"><text class="p" x="0" y="13.5" textLength="42">three</text></g>`; !strings.Contains(string(picture), want) {
		t.Errorf("the picture lacks %s:\n%s", want, picture)
	}
}

// checkXML checks that a picture can be read.
func checkXML(t *testing.T, picture []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(picture))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("unreadable picture: %v\n%s", err, picture)
		}
	}
}
