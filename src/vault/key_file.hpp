// SPDX-License-Identifier: Apache-2.0
// vault/keys: the slots that open the vault (docs/formats/vault.md, "keys").
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"
#include "cloister/crypto/derive.hpp"
#include "cloister/crypto/sealed_box.hpp"
#include "cloister/crypto/signature.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::vault {

enum class SlotKind { passphrase, recovery_key };

// One way to open the vault. The key pair's public half stands in the open, so that a new master
// key can be sealed to the slot while its owner is away; its secret half is sealed under what the
// owner knows.
struct Slot {
  std::string name;
  SlotKind kind = SlotKind::passphrase;
  base::WallTime created;
  crypto::BoxPublicKey public_key{};
  base::Bytes salt;
  crypto::PassphraseCost cost;  // all zero for a recovery key
  base::Bytes secret;           // sealed: secret half of the key pair, and the signing key's public
                                // half, by which the owner recognises a key file of this vault
  base::Bytes master;           // the vault's master key, sealed to public_key
};

struct KeyFile {
  std::uint64_t generation = 0;  // grows with every change
  std::vector<Slot> slots;
  base::Bytes secrets;  // sealed under VaultKeys::secrets: signing seed, ledger body key
  base::Bytes pending;  // sealed under VaultKeys::pending while a rotation is under way, or empty
  crypto::Signature signature{};
};

inline constexpr std::size_t key_file_bytes_max = 256u << 10;
inline constexpr std::size_t slots_max = 64;

// What opening a slot gives.
struct Credential {
  std::string slot;
  crypto::BoxKeyPair pair;
  crypto::VerifyKey signing_key{};
  Credential clone() const;
};

std::string to_text(KeyFile& file, std::string_view home_id,
                    const crypto::SigningKey& key);  // signs
// Structure and limits only: the signature needs a credential.
base::Result<KeyFile> parse_key_file(std::string_view text, std::string_view home_id);
bool signature_fits(const KeyFile& file, std::string_view home_id, const crypto::VerifyKey& key);

struct SlotRequest {
  std::string name;
  SlotKind kind = SlotKind::passphrase;
  base::WallTime created;
  base::ByteView knowledge;  // passphrase text, or the 32 bytes of the recovery key
  crypto::PassphraseCost cost;
};
struct NewSlot {
  Slot slot;  // without the master key: seal_master
  Credential credential;
};
base::Result<NewSlot> make_slot(const SlotRequest& request, std::string_view home_id,
                                const crypto::VerifyKey& signing_key, base::Random& random);
void seal_master(Slot& slot, const base::SecretBytes& master);
// crypto.not-authentic when it is not what opens this slot.
base::Result<Credential> open_slot(const Slot& slot, std::string_view home_id,
                                   base::ByteView knowledge);

}  // namespace cloister::vault
