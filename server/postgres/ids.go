package postgres

import (
	"database/sql"
	"reflect"

	"github.com/jackc/pgx/v5/pgtype"
)

// idCodec takes identifiers across as the 16 bytes that they are. Without it pgx asks them for
// their text, fails to write that as bytes, and reads the text back: four tenths of all
// allocations of a durable command were that.
type idCodec struct{ pgtype.UUIDCodec }

// identifier is an id.ID of any kind; uuid.UUID has no Bytes.
type identifier interface{ Bytes() [16]byte }

// learnIDs teaches the types of a connection.
func learnIDs(m *pgtype.Map) {
	one := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: idCodec{}}
	m.RegisterType(one)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: one}})
}

// PlanEncode writes identifiers and what points to one.
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

// PlanScan reads identifiers.
func (c idCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, into any) pgtype.ScanPlan {
	_, ours := into.(identifier)
	if _, scans := into.(sql.Scanner); ours && scans && format == pgtype.BinaryFormatCode {
		return idPlan{}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, into)
}

type idPlan struct{}

// Encode appends the bytes; the zero identifier is null.
func (idPlan) Encode(value any, buf []byte) ([]byte, error) {
	b := value.(identifier).Bytes()
	if b == [16]byte{} {
		return nil, nil
	}
	return append(buf, b[:]...), nil
}

// pointerPlan is idPlan for what points to an identifier, or to nothing, which is null.
type pointerPlan struct{ idPlan }

// Encode appends the bytes.
func (p pointerPlan) Encode(value any, buf []byte) ([]byte, error) {
	if reflect.ValueOf(value).IsNil() {
		return nil, nil
	}
	return p.idPlan.Encode(value, buf)
}

// Scan reads the bytes; null is the zero identifier.
func (idPlan) Scan(src []byte, into any) error {
	if src == nil {
		return into.(sql.Scanner).Scan(nil)
	}
	return into.(sql.Scanner).Scan(src)
}
