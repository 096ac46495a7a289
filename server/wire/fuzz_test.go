package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
)

// of decodes and parses a body; a body that does not decode is skipped.
func of[R interface{ Parse() (T, error) }, T any]() func([]byte) error {
	return func(body []byte) error {
		var r R
		if json.Unmarshal(body, &r) != nil {
			return nil
		}
		_, err := r.Parse()
		return err
	}
}

// requests has a parser for the body of every route that takes one.
func requests() map[string]func([]byte) error {
	return map[string]func([]byte) error{
		"agenda": of[AgendaRequest, AgendaFrom](), "draft": of[AgendaDraftRequest, AgendaDraftRequest](), "publish": of[AgendaPublishRequest, AgendaPublishRequest](),
		"confirm": of[ConfirmRequest, []id.Member](), "correct": of[CorrectRequest, Correct](), "slip": of[SlipRequest, string](), "signup": of[SignUpRequest, SignUp](),
		"login": of[LoginRequest, Login](), "prelogin": of[PreloginRequest, string](), "half": of[Half, []byte](), "guest": of[GuestEntryRequest, GuestEntry](),
		"assign": of[AssignRequest, Assign](), "sign": of[SignRequest, Sign](), "settings": of[FacilitySettingsRequest, FacilitySettings](), "pass": of[PassRequest, id.Member](),
		"pass code": of[PassEntryRequest, string](), "invite": of[InviteRequest, Invite](), "cohort": of[CohortRequest, CohortFacts](), "status": of[MemberStatusRequest, string](),
		"schedule": of[ScheduleRequest, Schedule](), "connect": of[ConnectRequest, string](),
		"roles": of[MemberRolesRequest, []roles.Role](), "cohort role": of[CohortRoleRequest, roles.CohortRole](),
		"reserve": of[ReserveRequest, Reserve](), "vault": of[VaultFile, Vault](),
		"save": func(body []byte) error {
			var r SaveRequest
			if json.Unmarshal(body, &r) != nil {
				return nil
			}
			_, err := r.Parse(string(body[:min(len(body), 36)]), "1")
			return err
		},
	}
}

// FuzzRequests checks for every body of every route that parsing never panics, and that a fault is the
// client's and has plain field names.
func FuzzRequests(f *testing.F) {
	member := id.New[id.Member]().String()
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"code":"ABCD-EFGH-JKLM-NPQR","name":"Robin"}`, `{"handle":"sam","invite":"ABCDEFGH12345678"}`,
		`{"member":"` + member + `","roles":["mentor"],"status":"suspended"}`, `{"participant":"` + member + `","mentor":"` + member + `"}`,
		`{"title":"Group","starts":"2026-11-26T10:00","agenda":"step9-60","language":"en","lead":"` + member + `","capacity":12,"kind":"open"}`,
		`{"name":"Group","starts_on":"2026-01-01","ends_on":"2030-01-01","capacity":12}`, `{"typ":"worksheet","readers":["` + strings.Repeat("A", 22) + `"],"file":"YWdl"}`,
		`{"language":"en","wording":"secular","segments":[{"type":"write","minutes":12,"title":"Write","points":["a"]}]}`, `{"acct":"` + strings.Repeat("A", 22) + `","kdf":"a1","wraps":[{"kind":1}]}`,
	} {
		f.Add([]byte(seed))
	}
	all := requests()
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, parse := range all {
			err := parse(body)
			if err == nil {
				continue
			}
			said := fault.As(err)
			if said.Kind == fault.Internal {
				t.Errorf("%s: %v", name, err)
			}
			for _, field := range said.Fields {
				if field.Name == "" || len(field.Name) > 60 || strings.ContainsAny(field.Name, " \"\n<") {
					t.Errorf("%s names a field %q", name, field.Name)
				}
			}
		}
	})
}
