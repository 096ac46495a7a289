package postgres

import (
	"testing"

	"amends/server/id"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// pgx's own encoding is the reference: ours must give the same bytes.
func TestIDsAreWrittenAsPgxWouldAndReadBack(t *testing.T) {
	own, stock := pgtype.NewMap(), pgtype.NewMap()
	learnIDs(own)
	some, other := id.New[id.Member](), id.New[id.Member]()
	var none *id.Member
	for name, value := range map[string]any{
		"one": some, "the zero one": id.Member{}, "a pointer": &some, "a pointer to nothing": none, "none": []id.Member{}, "many": []id.Member{some, other, {}},
		"a plain uuid": uuid.New(), "no uuid": uuid.NullUUID{}, "a text": some.String(),
	} {
		oid := uint32(pgtype.UUIDOID)
		if _, list := value.([]id.Member); list {
			oid = pgtype.UUIDArrayOID
		}
		for _, format := range []int16{pgtype.BinaryFormatCode, pgtype.TextFormatCode} {
			want, err1 := stock.Encode(oid, format, value, nil)
			got, err2 := own.Encode(oid, format, value, nil)
			if (err1 == nil) != (err2 == nil) || !cmp.Equal(got, want) {
				t.Errorf("%s in format %d: got %x, %v; pgx writes %x, %v", name, format, got, err2, want, err1)
			}
		}
	}
	text, err := own.Encode(pgtype.UUIDOID, pgtype.BinaryFormatCode, some, nil)
	if err != nil {
		t.Fatal(err)
	}
	var back, gone id.Member
	var pointed, missing *id.Member
	gone, missing = other, &other
	for _, c := range []struct {
		src  []byte
		into any
	}{{text, &back}, {nil, &gone}, {text, &pointed}, {nil, &missing}} {
		if err := own.Scan(pgtype.UUIDOID, pgtype.BinaryFormatCode, c.src, c.into); err != nil {
			t.Errorf("read into %T: %v", c.into, err)
		}
	}
	if back != some || !gone.IsZero() || pointed == nil || *pointed != some || missing != nil {
		t.Errorf("read back %v, %v, %v, %v", back, gone, pointed, missing)
	}
	if err := own.Scan(pgtype.UUIDOID, pgtype.BinaryFormatCode, text[:7], &back); err == nil {
		t.Error("a truncated identifier was accepted")
	}
	var list []id.Member
	many, err := own.Encode(pgtype.UUIDArrayOID, pgtype.BinaryFormatCode, []id.Member{some, other}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := own.Scan(pgtype.UUIDArrayOID, pgtype.BinaryFormatCode, many, &list); err != nil || !cmp.Equal(list, []id.Member{some, other}, cmp.AllowUnexported(id.Member{})) {
		t.Errorf("read %v, %v", list, err)
	}
}
