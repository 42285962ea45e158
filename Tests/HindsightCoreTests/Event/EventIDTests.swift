import Foundation
import HindsightCore
import Testing

@Suite("Event id") struct EventIDTests {
    @Test("It is read in either case and written in lower case") func readsBothCases() throws {
        let id = try #require(EventID("01890A5D-AC96-774B-BCCE-B302099A8057"))
        #expect(id.description == "01890a5d-ac96-774b-bcce-b302099a8057")
        #expect(EventID(id.description) == id)
        #expect(EventID(bytes: id.bytes) == id)
        #expect(try JSON.line(id) == #""01890a5d-ac96-774b-bcce-b302099a8057""#)
    }

    @Test("What is no UUID is refused", arguments: ["", "01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-774b-bcce-b302099a805", "x"])
    func refuses(text: String) {
        #expect(EventID(text) == nil)
        #expect(EventID(bytes: Array(text.utf8.prefix(15))) == nil)
    }

    @Test("Version 7 begins with the milliseconds and keeps the order of time") func makesVersion7() throws {
        // The instant of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z is 0x017F22E279B0 milliseconds.
        let instant = try #require(Timestamp("2022-02-22T19:22:22Z"))
        let entropy = [0xcc, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f] as [UInt8]
        #expect(EventID.version7(at: instant, entropy: entropy).description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        let later = EventID.version7(at: instant.advanced(by: .milliseconds(1)), entropy: [UInt8](repeating: 0, count: 10))
        #expect(EventID.version7(at: instant, entropy: entropy).description < later.description)
    }

    @Test("Version 5 is the one of RFC 9562") func makesVersion5() throws {
        // Appendix A.4: the name www.example.com in the namespace of domain names.
        let namespace = try #require(UUID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
        #expect(EventID.version5(namespace: namespace, name: "www.example.com").description == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }
}
