package wire

import (
	"testing"

	"amends/server/fault"
)

// FuzzParsePoll checks that an accepted query of a poll has valid fields.
func FuzzParsePoll(f *testing.F) {
	f.Add("", "", "")
	f.Add("812", "AAAAAAAAAAAAAAAAAAAAAA", "019ac7f0-0000-7000-8000-000000000001")
	f.Add("999999999999999", "", "")
	f.Add("-1", "\"", "019AC7F0-0000-7000-8000-000000000001")
	f.Fuzz(func(t *testing.T, seq, mark, device string) {
		q, err := ParsePoll(seq, mark, device)
		if err != nil {
			for _, field := range fault.As(err).Fields {
				if field.Name != "seq" && field.Name != "mark" && field.Name != "device" {
					t.Errorf("names a field %q", field.Name)
				}
			}
			return
		}
		if q.Seq < 0 || len(seq) > 15 || mark != "" && len(mark) != 22 || device != "" && len(device) != 36 || q.Fresh != (seq == "" && mark == "") {
			t.Errorf("%q %q %q became %+v", seq, mark, device, q)
		}
	})
}
