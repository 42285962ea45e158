import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime

/// A log as the three domains leave it: renewals that are paid at once or after retries, with the saga that collects them, and customers
/// whose two cards become one golden record.
///
/// business-units.ndjson has the events of one of each, as the engine wrote them, with places for what differs. Thousands of them are under
/// way at any time, each one event at a time in turn, so the events of one lie far apart.
struct BusinessLog: Sendable {
    /// Ten units in a row.
    private static let mixture = ["paid", "paid", "paid", "recovered", "paid", "paid", "person", "person", "person", "person"]
    private static let underWay = 4_000
    private static let unitsPerDay = 400

    private let units: [String: [Template]]

    init() throws {
        var units: [String: [Template]] = [:]
        for line in String(decoding: PackageResources.business_units_ndjson, as: UTF8.self).split(separator: "\n") {
            let event = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            units[event.unit, default: []].append(try Template(event))
        }
        self.units = units
    }

    private struct Line: Decodable {
        let unit: String
        let stream: String
        let type: String
        let data: JSONValue
        let tags: [String]
    }

    /// Appends so many events.
    func fill(_ log: SQLiteEventLog, with events: Int) async throws {
        var course = Course(of: self)
        var appended = 0
        while appended < events {
            let writes = try (0..<min(5_000, events - appended)).map { _ in try course.next() }
            _ = try await log.append(Append(writes))
            appended += writes.count
        }
    }

    /// The events one by one, in the order in which they happen.
    struct Course: Sendable {
        private let log: BusinessLog
        private var open: [(number: Int, next: Int)]
        private var slot = 0
        private var nextUnit: Int
        private var ids = AscendingIDs()
        private let metadata = JSONText(trusted: Array(Workload.metadata.utf8))

        /// - Parameter first: The number of the first unit: the streams of those that differ in it are different.
        init(of log: BusinessLog, from first: Int = 0) {
            self.log = log
            open = (0..<underWay).map { (number: first + $0, next: 0) }
            nextUnit = first + underWay
        }

        mutating func next() throws -> StreamWrite {
            let number = open[slot].number
            let templates = log.units[mixture[number % mixture.count], default: []]
            let write = try templates[open[slot].next].write(Filling(unit: number, day: number / unitsPerDay), id: ids.next(), metadata)
            open[slot].next += 1
            if open[slot].next == templates.count {
                open[slot] = (nextUnit, 0)
                nextUnit += 1
            }
            slot = (slot + 1) % open.count
            return write
        }
    }

    // MARK: - One event

    /// What stands where a template has places.
    private struct Filling {
        let texts: [(place: [UInt8], text: [UInt8])]
        let firstDay: Int

        init(unit: Int, day: Int) {
            let hex = hexadecimal(scattered(UInt64(unit)))
            let customer = hexadecimal(scattered(UInt64(unit % 100_000) &+ 77))
            let digits = String(format: "%010d", unit)
            texts = [
                ("@@@@@@@@@@@@@@@@", hex), ("%%%%%%%%%%%%%%%%", customer), ("%%%%%%%%", String(customer.prefix(8))), ("##########", digits),
                ("#########", String(digits.suffix(9))), ("########", String(digits.suffix(8))), ("QQQQQQQQQQQQQQQQ", Self.surname(unit)),
            ].map { (Array($0.utf8), Array($1.utf8)) }
            firstDay = day
        }

        /// Eight letters, 16 bytes.
        private static func surname(_ number: Int) -> String {
            let (consonants, vowels) = (Array("бвгдклмнпрст"), Array("аеиоу"))
            var rest = number
            var name = ""
            for _ in 0..<4 {
                name.append(consonants[rest % consonants.count])
                rest /= consonants.count
                name.append(vowels[rest % vowels.count])
                rest /= vowels.count
            }
            return name
        }
    }

    /// A text in pieces: what is fixed, and what is filled in.
    private struct Text: Sendable {
        enum Piece: Sendable { case fixed([UInt8]), place(Int), day(Int) }
        var pieces: [Piece] = []

        private static let places = [
            "@@@@@@@@@@@@@@@@", "%%%%%%%%%%%%%%%%", "%%%%%%%%", "##########", "#########", "########", "QQQQQQQQQQQQQQQQ",
        ].map { Array($0.utf8) }
        private static let day = Array("~~~~~~~+".utf8)

        init(_ text: String) throws {
            var rest = Array(text.utf8)[...]
            var fixed: [UInt8] = []
            func flush(_ pieces: inout [Piece]) {
                if !fixed.isEmpty { pieces.append(.fixed(fixed)) }
                fixed = []
            }
            while let byte = rest.first {
                if let place = Self.places.firstIndex(where: { rest.starts(with: $0) }) {
                    flush(&pieces)
                    pieces.append(.place(place))
                    rest = rest.dropFirst(Self.places[place].count)
                } else if rest.starts(with: Self.day) {
                    flush(&pieces)
                    guard let offset = Int(String(decoding: rest.dropFirst(Self.day.count).prefix(2), as: UTF8.self)) else {
                        throw BenchmarkFailure("business-units.ndjson has a day without a number")
                    }
                    pieces.append(.day(offset))
                    rest = rest.dropFirst(Self.day.count + 2)
                } else {
                    fixed.append(byte)
                    rest = rest.dropFirst()
                }
            }
            flush(&pieces)
        }

        private static let dates: [[UInt8]] = (0..<20_000).map { day in
            let instant = Timestamp(microsecondsSince1970: 1_577_836_800_000_000).advanced(by: .days(day))
            return Array(instant.description.utf8.prefix(10))
        }

        func filled(_ filling: Filling) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(600)
            for piece in pieces {
                switch piece {
                case .fixed(let fixed): bytes += fixed
                case .place(let place): bytes += filling.texts[place].text
                case .day(let offset): bytes += Self.dates[min(filling.firstDay + offset, Self.dates.count - 1)]
                }
            }
            return bytes
        }
    }

    private struct Template: Sendable {
        let stream: Text
        let type: EventType
        let data: Text
        let tags: [Text]

        init(_ line: Line) throws {
            stream = try Text(line.stream)
            type = try EventType(line.type)
            data = try Text(try JSON.line(line.data))
            tags = try line.tags.map(Text.init)
        }

        func write(_ filling: Filling, id: EventID, _ metadata: JSONText) throws -> StreamWrite {
            func text(_ text: Text) -> String { String(decoding: text.filled(filling), as: UTF8.self) }
            let event = NewEvent(
                id: id, type: type, data: JSONText(trusted: data.filled(filling)), metadata: metadata,
                tags: try tags.map { try Tag(text($0)) })
            return StreamWrite([event], to: try StreamName(text(stream)))
        }
    }
}
