import Foundation
import HindsightHTTP
import Synchronization
import Testing

@Suite("Key set file") struct KeySetFileTests {
    private let folder: KeySetFolder
    private let clock = SettableClock()
    private let notices = Notices()

    init() throws { folder = try KeySetFolder() }

    private func open() throws -> KeySetFile {
        try KeySetFile(path: folder.path, monotonicClock: clock.monotonic, onNotice: notices.hear)
    }

    private func verifier() throws -> TokenVerifier { TokenVerifier(keys: try open(), now: clock.now) }

    @Test("A key that is added counts at once") func added() async throws {
        let (old, new) = (try await TokenSigner.hs256("old"), try await TokenSigner.edDSA("new"))
        try folder.write(old)
        let verifier = try verifier()
        #expect(await verifier.refusal(try await old.token(Claims())) == nil)
        try folder.write(old, new)
        #expect(await verifier.refusal(try await new.token(Claims())) == nil, "no time has passed")
        #expect(await verifier.refusal(try await old.token(Claims())) == nil)
        #expect(notices.all == ["\(folder.path) was read: 2 keys count"])
    }

    @Test("A key that is taken out is refused a second later, also for tokens that were good before") func removed() async throws {
        let (old, new) = (try await TokenSigner.hs256("old"), try await TokenSigner.edDSA("new"))
        try folder.write(old, new)
        let verifier = try verifier()
        let token = try await old.token(Claims())
        #expect(await verifier.refusal(token) == nil)
        #expect(await verifier.refusal(try await new.token(Claims())) == nil)
        #expect(verifier.rememberedCount == 2)
        try folder.write(new)
        clock.advance(by: 1)
        #expect(await verifier.refusal(token) == .unknownKey)
        #expect(verifier.rememberedCount == 0)
        #expect(await verifier.refusal(try await new.token(Claims())) == nil)
        #expect(notices.all == ["\(folder.path) was read: 1 key counts"])
    }

    @Test("Another secret under the same id ends the tokens of the one before") func replaced() async throws {
        let old = try await TokenSigner.hs256("a", secret: Data(repeating: 1, count: 32).base64URL)
        let new = try await TokenSigner.hs256("a", secret: Data(repeating: 2, count: 32).base64URL)
        try folder.write(old)
        let verifier = try verifier()
        #expect(await verifier.refusal(try await old.token(Claims())) == nil)
        try folder.write(new)
        clock.advance(by: 1)
        #expect(await verifier.refusal(try await old.token(Claims())) == .badSignature)
        #expect(await verifier.refusal(try await new.token(Claims())) == nil)
    }

    @Test("The last key can be taken out: then every token is refused") func emptied() async throws {
        let signer = try await TokenSigner.es256()
        try folder.write(signer)
        let verifier = try verifier()
        try folder.write([])
        clock.advance(by: 1)
        #expect(await verifier.refusal(try await signer.token(Claims())) == .unknownKey)
        #expect(notices.all == ["\(folder.path) holds no key: every token is refused"])
    }

    @Test(
        "A bad file keeps the last good keys, and says so once",
        arguments: ["", "{", #"{"keys":[{"kid":"a","kty":"oct","k":"short"}]}"#, #"{"keys":7}"#]) func bad(text: String) async throws
    {
        let (old, new) = (try await TokenSigner.hs256("old"), try await TokenSigner.edDSA("new"))
        try folder.write(old)
        let verifier = try verifier()
        try folder.write(text: text)
        for _ in 0..<5 {
            clock.advance(by: 1)
            #expect(await verifier.refusal(try await old.token(Claims())) == nil)
            #expect(await verifier.refusal(try await new.token(Claims())) == .unknownKey)
        }
        #expect(notices.all.count == 1)
        #expect(notices.all.first?.hasPrefix("\(folder.path): ") == true)
        #expect(notices.all.first?.hasSuffix("Until then the keys that were read before it count.") == true)
        try folder.write(new)
        clock.advance(by: 1)
        #expect(await verifier.refusal(try await old.token(Claims())) == .unknownKey)
        #expect(await verifier.refusal(try await new.token(Claims())) == nil)
        #expect(notices.all.count == 2)
        try folder.write(text: text)
        clock.advance(by: 1)
        #expect(await verifier.refusal(try await new.token(Claims())) == nil)
        #expect(notices.all.count == 3, "the same slip again is said again")
    }

    @Test("A file that is gone keeps the last good keys, and counts again when it is back") func gone() async throws {
        let (old, new) = (try await TokenSigner.hs256("old"), try await TokenSigner.edDSA("new"))
        try folder.write(old)
        let verifier = try verifier()
        try folder.remove()
        for _ in 0..<3 {
            clock.advance(by: 1)
            #expect(await verifier.refusal(try await old.token(Claims())) == nil)
        }
        #expect(notices.all.count == 1)
        #expect(notices.all.first?.contains("cannot be opened: No such file or directory") == true)
        try folder.write(new)
        #expect(await verifier.refusal(try await new.token(Claims())) == nil)
        #expect(await verifier.refusal(try await old.token(Claims())) == .unknownKey)
    }

    @Test("A link may point to another file, to none, and to the one before again") func links() async throws {
        let (old, new) = (try await TokenSigner.hs256("old"), try await TokenSigner.edDSA("new"))
        let (first, second) = (try KeySetFolder(), try KeySetFolder())
        try first.write(old)
        try second.write(new)
        try folder.link(to: first)
        let file = try open()
        #expect(file.current().keyIDs == ["old"])
        for (target, ids) in [(second, ["new"]), (nil, ["new"]), (second, ["new"]), (first, ["old"])] {
            try folder.link(to: target)
            clock.advance(by: 1)
            #expect(file.current().keyIDs == ids)
        }
        #expect(notices.all.count == 4)
        #expect(notices.all[2] == "\(folder.path) was read: 1 key counts", "what was said of the missing file is taken back")
    }

    @Test("A chmod alone makes a good file of one with an open secret") func chmod() async throws {
        let (old, new) = (try await TokenSigner.edDSA("old"), try await TokenSigner.hs256("new"))
        try folder.write(old)
        let verifier = try verifier()
        try folder.write(old, new, mode: 0o644)
        clock.advance(by: 1)
        #expect(await verifier.refusal(try await new.token(Claims())) == .unknownKey)
        #expect(notices.all.first?.contains("`chmod 600`") == true)
        try folder.setMode(0o600)
        clock.advance(by: 1)
        #expect(await verifier.refusal(try await new.token(Claims())) == nil)
    }

    @Test("A file that is written in place is noticed too") func inPlace() async throws {
        let (old, new) = (try await TokenSigner.edDSA("old"), try await TokenSigner.es256("new"))
        try folder.write(old)
        let file = try open()
        let handle = try #require(FileHandle(forWritingAtPath: folder.path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(#"{"keys":[\#(new.jwk)"#.utf8))
        clock.advance(by: 1)
        #expect(file.current().keyIDs == ["old"], "half a file is a bad one")
        try handle.write(contentsOf: Data("]}".utf8))
        try handle.close()
        clock.advance(by: 1)
        #expect(file.current().keyIDs == ["new"])
    }

    @Test("The file is looked at once a second, and once a second more for keys that nobody knows") func paces() async throws {
        let (old, new, third) = (
            try await TokenSigner.edDSA("old"), try await TokenSigner.es256("new"), try await TokenSigner.rs256("third")
        )
        try folder.write(old)
        let file = try open()
        try folder.write(new)
        clock.advance(by: 0.9)
        #expect(file.current().keyIDs == ["old"])
        #expect(file.lookAgain().keyIDs == ["new"])
        try folder.write(third)
        clock.advance(by: 0.9)
        #expect(file.lookAgain().keyIDs == ["new"])
        #expect(file.current().keyIDs == ["new"])
        clock.advance(by: 0.1)
        #expect(file.current().keyIDs == ["third"])
        try folder.write(old)
        #expect(file.current().keyIDs == ["third"])
        #expect(file.lookAgain().keyIDs == ["old"])
        #expect(file.lookAgain().keyIDs == ["old"])
    }

    @Test("A file that did not change is not read again") func unchanged() async throws {
        let signer = try await TokenSigner.edDSA()
        try folder.write(signer)
        let verifier = try verifier()
        for _ in 0..<5 {
            clock.advance(by: 10)
            #expect(await verifier.refusal(try await signer.token(payload: Claims().text)) == nil)
        }
        #expect(verifier.rememberedCount == 1)
        #expect(notices.all == [])
    }

    @Test("There is no beginning without a good file") func badBeginning() async throws {
        #expect(throws: KeySetError.self) { try open() }
        try folder.write(try await .hs256(), mode: 0o644)
        #expect(throws: KeySetError.self) { try open() }
        #expect(notices.all == [])
    }

    @Test("An empty file of keys at the beginning is allowed, and said") func emptyBeginning() throws {
        try folder.write([])
        _ = try open()
        #expect(notices.all == ["\(folder.path) holds no key: every token is refused"])
    }

    @Test("Keys may change in the middle of many requests", arguments: 0..<4) func manyAtOnce(round: Int) async throws {
        let (constant, passing) = (try await TokenSigner.hs256("constant"), try await TokenSigner.edDSA("passing"))
        try folder.write(constant, passing)
        let verifier = try verifier()
        let tokens = (try await constant.token(Claims()), try await passing.token(Claims()))
        await withTaskGroup { group in
            for _ in 0..<200 {
                group.addTask { #expect(await verifier.refusal(tokens.0) == nil) }
                group.addTask { #expect([nil, .unknownKey].contains(await verifier.refusal(tokens.1))) }
            }
            for turn in 0..<20 {
                group.addTask {
                    do {
                        try folder.write(turn.isMultiple(of: 2) ? [constant.jwk] : [constant.jwk, passing.jwk])
                    } catch {
                        Issue.record(error)
                    }
                    clock.advance(by: 1)
                }
            }
        }
        try folder.write(constant)
        clock.advance(by: 1)
        #expect(await verifier.refusal(tokens.1) == .unknownKey)
    }
}
