package app

import (
	"encoding/json"

	"amends/server/fault"
	"amends/server/postgres/dbgen"
)

// refusal is the stored form of a refused command's answer, so that a repeat gets the same one.
type refusal struct {
	Kind fault.Kind `json:"kind"`
	Code string     `json:"code"`
	Text string     `json:"text"`
}

func refusalJSON(f *fault.Fault) json.RawMessage {
	b, err := json.Marshal(refusal{f.Kind, f.Code, f.Text})
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return b
}

func resultOf(row dbgen.RoomCommandFindRow) RoomResult {
	out := RoomResult{Seq: row.Seq}
	if len(row.Refused) > 0 {
		var r refusal
		if err := json.Unmarshal(row.Refused, &r); err != nil {
			return RoomResult{Seq: row.Seq, Err: err}
		}
		out.Err = fault.New(r.Kind, r.Code, r.Text)
	}
	return out
}
