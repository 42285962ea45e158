import CustomerMDM
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

/// A folder with files of cards, and a log in memory that they are taken into.
final class IngestDesk: Sendable {
    let folder: URL
    let log: MemoryEventLog
    let store = MemoryReadModelStore()
    let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_700_000_000_000_000))
    let hub: CustomerHub

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ingest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        log = MemoryEventLog(clock: clock)
        hub = try await CustomerHub.open(log: log, clock: clock, identities: SeededIdentities(seed: "ingest"), store: store)
    }

    deinit {
        // A folder that stays behind harms nobody.
        _ = Result { try FileManager.default.removeItem(at: folder) }
    }

    /// Another hub on the same log, as another process would have it.
    func otherHub() async throws -> CustomerHub {
        try await CustomerHub.open(
            log: log, clock: clock, identities: SeededIdentities(seed: "other"), store: MemoryReadModelStore(), records: false)
    }

    func write(_ content: some Sequence<UInt8>, to name: String) throws -> String {
        let url = folder.appending(path: name)
        try Data(content).write(to: url)
        return url.path
    }

    func file(_ path: String) throws -> CardFile { try CardFile(path, profile: PlayedStream.profile) }

    /// Takes in a file, to be stopped after so many rows where a number is given.
    @discardableResult
    func ingest(_ path: String, stoppingAfter rows: Int? = nil, rejects: String? = nil) async throws -> CardIngest.Summary {
        let ingest = CardIngest(try file(path), into: hub, rejects: rejects)
        return try await Task {
            try await ingest.run { progress in
                guard let rows, case .reading(let tally, _) = progress, tally.rows >= rows else { return }
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }.value
    }

    func rejects(of path: String) throws -> [JSONValue] {
        let path = CardIngest.rejectPath(for: path)
        guard let content = FileManager.default.contents(atPath: path) else { return [] }
        return try content.split(separator: UInt8(ascii: "\n")).map { try JSON.decode(JSONValue.self, from: Array($0)) }
    }

    /// What the streams of all cards say, without ids and times.
    func cardEvents() async throws -> [String] { try await Self.cardEvents(log) }

    static func cardEvents(_ log: any EventLog) async throws -> [String] {
        var events: [(key: String, text: String)] = []
        for try await event in log.events(EventSelection()) where event.stream.description.hasPrefix("card-") {
            guard event.type != CardAssigned.type else { continue }
            let data = event.data.map(String.init(describing:)) ?? ""
            events.append(("\(event.stream)", "\(event.stream) \(event.version) \(event.type) \(data)"))
        }
        return events.map(\.text).sorted()
    }

    func pages() async throws -> [IngestPageTaken] {
        var pages: [IngestPageTaken] = []
        try await log.replay(IngestEvent.codec, EventSelection(EventFilter(types: [IngestPageTaken.type]))) { event, _ in
            if case .pageTaken(let page) = event { pages.append(page) }
        }
        return pages
    }
}

/// Rows of made-up people, the same for the same number.
enum MadeCards {
    private static let syllables = ["ба", "ко", "ли", "му", "не", "ро", "са", "ти", "ву", "зе"]
    private static let names = ["Пётр", "Иван", "Фома", "Илья", "Глеб", "Олег", "Лев"]

    static func values(_ number: Int) -> [String: String] {
        // Nobody's neighbour is spelled like anybody else, so that there is little to match.
        let surname = [number % 10, number / 10 % 10, number / 100 % 10, number * 7 % 10].map { syllables[$0] }.joined()
        return [
            "surname": surname.capitalized + "нов", "givenName": names[number % 7],
            "birthDate": "\(number % 28 + 1).\(number / 28 % 12 + 1).\(1940 + number % 60)",
            "mobilePhone": "+7 9\(10 + number % 80) \(100 + number % 900)-\(10 + number / 900 % 90)-\(10 + number % 90)",
        ]
    }

    static func line(_ id: Int, _ values: [String: String]) throws -> String {
        "{\"source\":\"CRM\",\"id\":\"\(id)\",\"attributes\":\(try JSON.line(values))}"
    }

    /// Lines of which some can't be taken in, some say again what was said, and some change a card that stands just above.
    static func mixed(_ count: Int) throws -> [String] {
        try (0..<count).map { number in
            switch number % 23 {
            case 5: "{\"source\":\"CRM\",\"attributes\":{\"surname\":\"Без номера \(number)\"}}"
            case 11: "{\"source\":\"CRM\",\"id\":\"\(number)\",\"attributes\":{\"shoeSize\":\"43\"}}"
            case 13: try line(number - 1, values(number - 1))
            case 17: try line(number - 1, values(number - 1).merging(["email": "p\(number)@example.com"]) { $1 })
            case 19: "half a line {"
            default: try line(number, values(number))
            }
        }
    }
}
