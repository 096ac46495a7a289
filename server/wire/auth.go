package wire

// Sign-up and sign-in, as the sealing format's section 8.1 says. Byte fields are base64url
// without padding.

// SlipRequest asks what an invitation slip is for. Public.
type SlipRequest struct {
	Invite string `json:"invite"`
}

// Slip is what a slip invites to.
type Slip struct {
	Facility string   `json:"facility"`
	Roles    []string `json:"roles"`
	RoomName string   `json:"room_name,omitempty"`
	Language string   `json:"language"`
}

// ReserveRequest reserves a sign-in name for a slip for 30 minutes. Public.
type ReserveRequest struct {
	Invite string `json:"invite"`
	Handle string `json:"handle"`
}

// Reserved carries the account's id (16 bytes) that all keys are bound to.
type Reserved struct {
	Acct string `json:"acct"`
}

// WrapBlob is one sealed copy of the account's root.
type WrapBlob struct {
	Kind int    `json:"kind"`
	Blob string `json:"blob"`
}

// VaultFile is the person's sealed vault with its counter.
type VaultFile struct {
	Ctr  int64  `json:"ctr"`
	File string `json:"file"`
}

// SignUpRequest makes the account, all or nothing. Public; the slip proves the invitation.
type SignUpRequest struct {
	Invite   string     `json:"invite"`
	Handle   string     `json:"handle"`
	RoomName string     `json:"room_name"`
	Language string     `json:"language"`
	Acct     string     `json:"acct"`
	Kdf      string     `json:"kdf"`
	Salt     string     `json:"salt"`
	Apw      string     `json:"apw"`
	Acard    string     `json:"acard"`
	Epoch    int        `json:"epoch"`
	Wraps    []WrapBlob `json:"wraps"`
	Bundle   string     `json:"bundle"`
	Vault    VaultFile  `json:"vault"`
}

// PreloginRequest asks how to derive the key for a name. Public.
type PreloginRequest struct {
	Handle string `json:"handle"`
}

// Prelogin is answered always, real or made up.
type Prelogin struct {
	Kdf  string `json:"kdf"`
	Salt string `json:"salt"`
	Acct string `json:"acct"`
}

// LoginRequest signs in with the derived key. Public.
type LoginRequest struct {
	Handle string `json:"handle"`
	Apw    string `json:"apw"`
	// Shared says that the device is shared: shorter times, nothing kept.
	Shared bool `json:"shared"`
}

// LoginAnswer follows a good sign-in; the cookie is set beside it. MFA is null until second
// factors come.
type LoginAnswer struct {
	MFA *MFAChallenge `json:"mfa"`
}

// MFAChallenge names a second factor to give.
type MFAChallenge struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
}

// Wraps are the sealed copies of one's root.
type Wraps struct {
	Epoch int        `json:"epoch"`
	Kdf   string     `json:"kdf"`
	Salt  string     `json:"salt"`
	Wraps []WrapBlob `json:"wraps"`
}

// Half is the server's short-lived half of a resume key.
type Half struct {
	Half string `json:"half"`
}

// Me is the signed-in person as their own pages need it.
type Me struct {
	Member   string   `json:"member"`
	Acct     string   `json:"acct"`
	Handle   string   `json:"handle"`
	RoomName string   `json:"room_name"`
	Language string   `json:"language"`
	Roles    []string `json:"roles"`
	Epoch    int      `json:"epoch"`
	Shared   bool     `json:"shared"`
	// LockMinutes and SignOutMinutes are the times of this facility.
	LockMinutes    int `json:"lock_minutes"`
	SignOutMinutes int `json:"sign_out_minutes"`
}

// Limits of sealed bytes, from section 4 of the sealing format.
const (
	MaxSealedFile = 544 << 10
	BundleBytes   = 1269
	WrapBytes     = 118
)
