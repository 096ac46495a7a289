package postgres

import (
	"database/sql"
	"reflect"

	"github.com/jackc/pgx/v5/pgtype"
)

// idCodec encodes identifiers as their 16 bytes. Without it pgx formats them as text, fails to encode
// that as binary, and parses the text again, which made four tenths of all allocations of a durable
// command.
type idCodec struct{ pgtype.UUIDCodec }

// identifier matches id.ID of any kind, but not uuid.UUID, which has no method Bytes.
type identifier interface{ Bytes() [16]byte }

// learnIDs registers the codec with a connection's types.
func learnIDs(m *pgtype.Map) {
	one := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: idCodec{}}
	m.RegisterType(one)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: one}})
}

// PlanEncode handles identifiers and pointers to them.
func (c idCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	_, ours := value.(identifier)
	switch {
	case !ours || format != pgtype.BinaryFormatCode:
		return c.UUIDCodec.PlanEncode(m, oid, format, value)
	case reflect.TypeOf(value).Kind() == reflect.Pointer:
		return pointerPlan{}
	}
	return idPlan{}
}

// PlanScan handles identifiers.
func (c idCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, into any) pgtype.ScanPlan {
	_, ours := into.(identifier)
	if _, scans := into.(sql.Scanner); ours && scans && format == pgtype.BinaryFormatCode {
		return idPlan{}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, into)
}

type idPlan struct{}

// Encode appends the 16 bytes; the zero identifier is null.
func (idPlan) Encode(value any, buf []byte) ([]byte, error) {
	b := value.(identifier).Bytes()
	if b == [16]byte{} {
		return nil, nil
	}
	return append(buf, b[:]...), nil
}

// pointerPlan is idPlan for a pointer to an identifier; nil is null.
type pointerPlan struct{ idPlan }

// Encode appends the 16 bytes.
func (p pointerPlan) Encode(value any, buf []byte) ([]byte, error) {
	if reflect.ValueOf(value).IsNil() {
		return nil, nil
	}
	return p.idPlan.Encode(value, buf)
}

// Scan decodes the bytes; null is the zero identifier.
func (idPlan) Scan(src []byte, into any) error {
	if src == nil {
		return into.(sql.Scanner).Scan(nil)
	}
	return into.(sql.Scanner).Scan(src)
}
