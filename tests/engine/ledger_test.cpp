// The ledger: tree and proofs against published vectors, notes, appending, regression, exporting
// and verifying.
#include "engine/ledger/ledger.hpp"

#include "edge/store/memory_store.hpp"
#include "engine/ledger/export_file.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tollgate::ledger {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGovernanceCases = TOLLGATE_SHARED_DIR "/cases/governance";

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// Changes one byte where it stands: much cheaper than writing the file again.
void patch_byte(const fs::path& path, size_t at, char byte) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(at)).put(byte);
}

// A fresh directory that is gone after the test.
struct TemporaryDirectory {
  fs::path path;
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "tollgate-ledger-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path); }
};

std::vector<fs::path> json_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A hash as the vectors write it, in base64; nothing if it has not the size of one.
std::optional<Digest> vector_digest(std::string_view base64) {
  const Result<std::string> bytes = base64_decode(base64);
  Digest digest;
  if (!bytes || bytes->size() != digest.bytes.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
  return digest;
}

std::optional<std::vector<Digest>> vector_proof(const doc::Node& node) {
  std::vector<Digest> proof;
  const doc::Node* hashes = node.find("proof");
  if (hashes == nullptr || !hashes->is_array()) return proof;
  for (const doc::Node& hash : hashes->items()) {
    const std::optional<Digest> digest = vector_digest(hash.as_text());
    if (!digest) return std::nullopt;
    proof.push_back(*digest);
  }
  return proof;
}

TEST(tree, agrees_with_the_published_inclusion_vectors) {
  const fs::path folder = fs::path(kGovernanceCases) / "transparency-dev/merkle/testdata/inclusion";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared data";
  int count = 0;
  for (const fs::path& file : json_files(folder)) {
    const auto node = doc::parse_json(read_text(file));
    ASSERT_TRUE(node) << file;
    const auto leaf = vector_digest(node->text_or("leafHash"));
    const auto root = vector_digest(node->text_or("root"));
    const auto proof = vector_proof(*node);
    const bool is_good = leaf && root && proof &&
                         verify_inclusion(node->integer_or("leafIdx", -1),
                                          node->integer_or("treeSize", -1), *leaf, *proof, *root);
    EXPECT_EQ(is_good, !node->boolean_or("wantErr", false)) << file;
    ++count;
  }
  EXPECT_EQ(count, 98);
}

TEST(tree, agrees_with_the_published_consistency_vectors) {
  const fs::path folder =
      fs::path(kGovernanceCases) / "transparency-dev/merkle/testdata/consistency";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared data";
  int count = 0;
  int without_digests = 0;
  for (const fs::path& file : json_files(folder)) {
    const auto node = doc::parse_json(read_text(file));
    ASSERT_TRUE(node) << file;
    const auto old_root = vector_digest(node->text_or("root1"));
    const auto new_root = vector_digest(node->text_or("root2"));
    const auto proof = vector_proof(*node);
    ++count;
    if (!old_root || !new_root || !proof) {
      // One vector accepts equal roots that are no SHA-256 hashes; our types cannot say such a
      // thing.
      without_digests += node->boolean_or("wantErr", false) ? 0 : 1;
      continue;
    }
    const bool is_good = verify_consistency(
        node->integer_or("size1", -1), node->integer_or("size2", -1), *proof, *old_root, *new_root);
    EXPECT_EQ(is_good, !node->boolean_or("wantErr", false)) << file;
  }
  EXPECT_EQ(count, 98);
  EXPECT_LE(without_digests, 1);
}

Tree tree_of(int64_t size) {
  Tree tree;
  for (int64_t i = 0; i < size; ++i) tree.push(leaf_hash(fmt::format("leaf {}", i)));
  return tree;
}

TEST(tree, proves_every_position_at_every_size) {
  const Tree tree = tree_of(70);
  CompactRange range;
  for (int64_t size = 1; size <= tree.size(); ++size) {
    range.push(tree.leaf(size - 1));
    const Digest root = tree.root_at(size);
    ASSERT_EQ(root, range.root()) << size;
    for (int64_t i = 0; i < size; ++i) {
      const std::vector<Digest> proof = tree.inclusion(i, size);
      EXPECT_TRUE(verify_inclusion(i, size, tree.leaf(i), proof, root)) << i << " of " << size;
      EXPECT_FALSE(verify_inclusion(i, size, tree.leaf(i), proof, tree.leaf(0)) && size > 1);
      EXPECT_FALSE(verify_inclusion((i + 1) % size, size, tree.leaf(i), proof, root) && size > 1);
    }
    for (int64_t old_size = 1; old_size <= size; ++old_size) {
      EXPECT_TRUE(verify_consistency(old_size, size, tree.consistency(old_size, size),
                                     tree.root_at(old_size), root))
          << old_size << " to " << size;
    }
  }
}

TEST(tree, takes_whole_subtrees) {
  const Tree tree = tree_of(37);
  CompactRange range;
  for (int64_t at = 0; at < 32; at += 8) {
    CompactRange block;
    for (int64_t i = at; i < at + 8; ++i) block.push(tree.leaf(i));
    range.push_subtree(3, block.root());
  }
  for (int64_t i = 32; i < 37; ++i) range.push(tree.leaf(i));
  EXPECT_EQ(range.root(), tree.root());
  EXPECT_EQ(hex_encode(CompactRange().root().view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(note, verifies_the_published_ed25519_vectors) {
  const fs::path file =
      fs::path(kGovernanceCases) / "C2SP/wycheproof/testvectors_v1/ed25519_test.json";
  if (!fs::exists(file)) GTEST_SKIP() << "no shared data";
  const auto node = doc::parse_json(read_text(file));
  ASSERT_TRUE(node);
  int count = 0;
  for (const doc::Node& group : node->find("testGroups")->items()) {
    const std::string key = hex_decode(group.find("publicKey")->text_or("pk")).value();
    std::array<uint8_t, 32> public_key{};
    ASSERT_EQ(key.size(), public_key.size());
    std::copy(key.begin(), key.end(), public_key.begin());
    for (const doc::Node& test : group.find("tests")->items()) {
      const std::string message = hex_decode(test.text_or("msg")).value();
      const std::string signature = hex_decode(test.text_or("sig")).value();
      EXPECT_EQ(verify_ed25519(public_key, message, signature), test.text_or("result") == "valid")
          << "test " << test.integer_or("tcId", 0) << ": " << test.text_or("comment");
      ++count;
    }
  }
  EXPECT_EQ(count, node->integer_or("numberOfTests", 0));
}

TEST(note, reads_the_published_verifier_key) {
  const std::string text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
  const auto key = parse_verifier_key(text);
  ASSERT_TRUE(key) << key.error().text();
  EXPECT_EQ(key->name, "example.com/foo");
  EXPECT_EQ(key->text(), text);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto other = parse_verifier_key(changed);
    EXPECT_FALSE(other && other->name == key->name) << changed;
  }
}

TEST(note, survives_a_round_trip_and_no_change_of_a_byte) {
  const auto signer = NoteSigner::generate("tollgate.example/log").value();
  const auto again = NoteSigner::parse(signer.secret_text());
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->key(), signer.key());
  const Checkpoint checkpoint{.origin = "tollgate.example/log", .size = 7, .root = leaf_hash("x")};
  const std::string note = sign_checkpoint(checkpoint, signer);
  EXPECT_EQ(open_checkpoint(note, signer.key()).value(), checkpoint);
  for (size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(open_checkpoint(changed, signer.key())) << "byte " << i;
  }
  const auto stranger = NoteSigner::generate("tollgate.example/log").value();
  EXPECT_EQ(open_checkpoint(note, stranger.key()).error().code, codes::bad_signature);
  EXPECT_EQ(NoteSigner::generate("a b").error().code, codes::bad_value);
}

TEST(note, ignores_signatures_of_unknown_keys) {
  const auto signer = NoteSigner::generate("log").value();
  const auto witness = NoteSigner::generate("witness").value();
  const std::string body = checkpoint_body({.origin = "log", .size = 1, .root = leaf_hash("x")});
  const std::string line = witness.sign_note(body).substr(body.size() + 1);
  const std::string note = signer.sign_note(body) + line;
  EXPECT_EQ(open_note(note, signer.key()).value(), body);
  EXPECT_EQ(open_note(note, witness.key()).value(), body);
}

// A ledger over memory, with its parts at hand.
struct World {
  std::unique_ptr<engine::LedgerStore> store = store::make_memory_ledger();
  std::unique_ptr<engine::CheckpointStore> checkpoints = store::make_memory_checkpoint();
  NoteSigner signer = NoteSigner::generate("log").value();
  std::unique_ptr<Ledger> ledger;

  Result<void> open() {
    TOLLGATE_TRY(NoteSigner copy, NoteSigner::parse(signer.secret_text()));
    TOLLGATE_TRY(ledger, Ledger::open(*store, *checkpoints, std::move(copy)));
    return {};
  }
  void append(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string leaf = fmt::format(R"({{"position":{}}})", ledger->head().size);
      ASSERT_TRUE(ledger->append({{engine::NewLeaf{.leaf = leaf}}}));
    }
  }
  std::string export_text() {
    std::string text;
    EXPECT_TRUE(ledger->export_to([&](std::string_view piece) -> Result<void> {
      text += piece;
      return {};
    }));
    return text;
  }
};

TEST(ledger, proves_each_leaf_with_the_checkpoint_it_was_computed_for) {
  World world;
  ASSERT_TRUE(world.open());
  world.append(5);
  const InclusionProof early = world.ledger->prove(3).value();
  world.append(20);
  for (const InclusionProof& proof : {early, world.ledger->prove(3).value()}) {
    const auto again = parse_proof(proof_text(proof));
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_TRUE(verify_proof(*again, R"({"position":3})", world.signer.key()));
    EXPECT_FALSE(verify_proof(*again, R"({"position":4})", world.signer.key()));
  }
  EXPECT_EQ(world.ledger->prove(25).error().code, codes::not_found);
  EXPECT_EQ(world.ledger->leaf(24).value(), R"({"position":24})");
  const Checkpoint late = parse_checkpoint(world.ledger->sign().value()).value();
  const Checkpoint first = parse_checkpoint(early.checkpoint).value();
  EXPECT_TRUE(verify_consistency(first.size, late.size,
                                 world.ledger->consistency(first.size, late.size).value(),
                                 first.root, late.root));
}

TEST(proof, does_not_survive_the_change_of_any_byte) {
  World world;
  ASSERT_TRUE(world.open());
  world.append(11);
  const std::string text = proof_text(world.ledger->prove(5).value());
  for (size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {0x01, 0x02, 0x80}) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      const auto proof = parse_proof(changed);
      EXPECT_FALSE(proof && verify_proof(*proof, R"({"position":5})", world.signer.key()))
          << "byte " << i << " flipped by " << flip;
    }
    const auto cut = parse_proof(text.substr(0, i));
    EXPECT_FALSE(cut && verify_proof(*cut, R"({"position":5})", world.signer.key())) << i;
  }
}

TEST(ledger, knows_where_an_idempotency_key_was_used_also_after_a_restart) {
  World world;
  ASSERT_TRUE(world.open());
  const Digest request = sha256("request");
  for (int i = 0; i < 3000; ++i) {
    const std::string key = fmt::format("key {}", i);
    ASSERT_TRUE(world.ledger->append(
        {{engine::NewLeaf{.leaf = "{}", .idempotency_key = key, .request_digest = request}}}));
  }
  ASSERT_TRUE(world.open());
  const auto known = world.ledger->find_key("key 1234").value();
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->position, 1234);
  EXPECT_EQ(known->request_digest, request);
  EXPECT_FALSE(world.ledger->find_key("key 3000").value().has_value());
  const engine::NewLeaf twice{.leaf = "{}", .idempotency_key = "new"};
  EXPECT_EQ(world.ledger->append({{twice, twice}}).error().code, codes::idempotency_conflict);
  const engine::NewLeaf used{.leaf = "{}", .idempotency_key = "key 7"};
  EXPECT_EQ(world.ledger->append({{used}}).error().code, codes::idempotency_conflict);
  EXPECT_EQ(world.ledger->head().size, 3000);
}

TEST(ledger, signs_at_most_as_often_as_it_was_told) {
  World world;
  ASSERT_TRUE(world.open());
  world.append(1);
  ASSERT_TRUE(world.ledger->sign_if_due(Time{10'000}));
  world.append(1);
  ASSERT_TRUE(world.ledger->sign_if_due(Time{10'999}));
  EXPECT_EQ(parse_checkpoint(world.checkpoints->load().value())->size, 1);
  ASSERT_TRUE(world.ledger->sign_if_due(Time{11'000}));
  EXPECT_EQ(parse_checkpoint(world.checkpoints->load().value())->size, 2);
}

TEST(ledger, refuses_a_store_that_went_backwards_or_was_exchanged) {
  World world;
  ASSERT_TRUE(world.open());
  world.append(9);
  ASSERT_TRUE(world.ledger->sign());
  ASSERT_TRUE(world.open()) << "the same store opens again";

  world.store = store::make_memory_ledger();
  EXPECT_EQ(world.open().error().code, codes::log_regression);

  std::vector<std::string> leaves(9, "another past");
  std::vector<engine::NewLeaf> batch;
  std::vector<Digest> hashes;
  for (const std::string& leaf : leaves) {
    batch.push_back({.leaf = leaf});
    hashes.push_back(leaf_hash(leaf));
  }
  ASSERT_TRUE(world.store->append(0, batch, hashes));
  const auto refused = world.open();
  EXPECT_EQ(refused.error().code, codes::log_regression) << refused.error().message;
}

TEST(ledger, scrubs_in_bounded_steps) {
  World world;
  ASSERT_TRUE(world.open());
  world.append(10);
  EXPECT_EQ(world.ledger->scrub(0, 4).value(), 4);
  EXPECT_EQ(world.ledger->scrub(4, 4).value(), 8);
  EXPECT_EQ(world.ledger->scrub(8, 4).value(), 0);
}

// The line that a byte of an exported file belongs to, counted like positions: the header is
// kHeaderPosition.
int64_t line_of(std::string_view text, size_t byte) {
  return std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(byte), '\n') - 1;
}

TEST(export_file, verifies_and_names_the_position_of_every_flipped_byte) {
  World world;
  ASSERT_TRUE(world.open());
  world.append(6);
  const std::string text = world.export_text();
  const TemporaryDirectory directory;
  const fs::path file = directory.path / "export.jsonl";
  write_text(file, text);
  const VerifyReport good =
      verify_export(file.string(), {.pinned_key = world.signer.key()}).value();
  ASSERT_TRUE(good.is_ok) << good.reason;
  EXPECT_EQ(good.size, 6);
  EXPECT_EQ(good.root, world.ledger->head().root);
  for (size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80}) {
      patch_byte(file, i, static_cast<char>(text[i] ^ flip));
      const VerifyReport report = verify_export(file.string(), {.threads = 1}).value();
      ASSERT_FALSE(report.is_ok) << "byte " << i << " flipped by " << flip;
      ASSERT_EQ(report.position, line_of(text, i)) << "byte " << i << ": " << report.reason;
    }
    patch_byte(file, i, text[i]);
  }
}

TEST(export_file, names_the_position_of_lost_added_and_cut_off_leaves) {
  World world;
  ASSERT_TRUE(world.open());
  world.append(4);
  const std::string text = world.export_text();
  const TemporaryDirectory directory;
  const std::string file = (directory.path / "export.jsonl").string();
  const std::string last_line = "{\"position\":3}\n";
  struct Case {
    const char* what;
    std::string text;
    int64_t position;
  };
  const std::vector<Case> cases = {
      {"last leaf lost", text.substr(0, text.size() - last_line.size()), 3},
      {"a leaf added", text + "{}\n", 4},
      {"last line feed lost", text.substr(0, text.size() - 1), 3},
      {"empty line added", text + "\n", 4},
      {"nothing", "", kHeaderPosition},
      {"no line feed", "{}", kHeaderPosition},
      {"header only", text.substr(0, text.find('\n') + 1), 0},
  };
  for (const Case& c : cases) {
    write_text(file, c.text);
    const VerifyReport report = verify_export(file).value();
    EXPECT_FALSE(report.is_ok) << c.what;
    EXPECT_EQ(report.position, c.position) << c.what << ": " << report.reason;
  }
  write_text(file, text);
  const auto stranger = NoteSigner::generate("log").value();
  EXPECT_FALSE(verify_export(file, {.pinned_key = stranger.key()})->is_ok);
  EXPECT_EQ(verify_export(file + ".gone").error().code, codes::io_failed);
}

TEST(export_file, verifies_lines_that_are_longer_than_what_is_read_at_once) {
  World world;
  ASSERT_TRUE(world.open());
  for (const size_t size : {10'000'000UL, 1UL, 0UL, 5'000'000UL, 70'000UL, 4'194'304UL}) {
    const std::string leaf(size, 'x');
    ASSERT_TRUE(world.ledger->append({{engine::NewLeaf{.leaf = leaf}}}));
  }
  for (int i = 0; i < 3000; ++i) world.append(1);
  const TemporaryDirectory directory;
  const std::string file = (directory.path / "export.jsonl").string();
  write_text(file, world.export_text());
  for (const unsigned threads : {1U, 2U, 5U}) {
    const VerifyReport report = verify_export(file, {.threads = threads}).value();
    EXPECT_TRUE(report.is_ok) << report.reason;
    EXPECT_EQ(report.size, 3006);
  }
  std::vector<size_t> sizes;
  ASSERT_TRUE(read_export(file, [&](int64_t position, std::string_view leaf) -> Result<void> {
    EXPECT_EQ(position, static_cast<int64_t>(sizes.size()));
    sizes.push_back(leaf.size());
    return {};
  }));
  EXPECT_EQ(sizes.size(), 3006U);
  EXPECT_EQ(sizes[3], 5'000'000U);
}

TEST(export_file, can_be_verified_by_a_few_lines_of_python) {
  World world;
  ASSERT_TRUE(world.open());
  world.append(41);
  const TemporaryDirectory directory;
  const fs::path file = directory.path / "export.jsonl";
  const std::string script = TOLLGATE_SOURCE_DIR "/share/verify_ledger.py";
  const std::string command = fmt::format("python3 {} {} >/dev/null", script, file.string());
  if (std::system("python3 --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no python3";
  std::string text = world.export_text();
  write_text(file, text);
  EXPECT_EQ(std::system(command.c_str()), 0);
  text[text.size() - 5] ^= 1;
  write_text(file, text);
  EXPECT_NE(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace tollgate::ledger
