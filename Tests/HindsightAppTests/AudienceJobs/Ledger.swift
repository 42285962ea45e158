import SQLiteConnection

/// The example's database as plain values, for calculations that share nothing with the notebooks'.
struct Ledger {
    struct Client {
        let region: String
        let segment: String
        let hasOptedOut: Bool
    }

    struct Purchase {
        let client: String
        let company: String
        let mcc: Int64
        let bcc: String
        let amount: Int64
        let day: String
    }

    private(set) var clients: [String: Client] = [:]
    /// In the order of their days; those of a day in the order of the bank.
    private(set) var purchases: [Purchase] = []

    init(_ path: String) throws {
        let connection = try Connection(path: path, mode: .readOnly)
        defer { connection.close() }
        try connection.statement("SELECT client_id, region, segment, opted_out FROM clients").forEach([]) { row in
            clients[row.text(0)] = Client(region: row.text(1), segment: row.text(2), hasOptedOut: row.integer(3) == 1)
            return true
        }
        var companies: [Int64: String] = [:]
        try connection.statement("SELECT merchant_id, company FROM merchants").forEach([]) { row in
            companies[row.integer(0)] = row.text(1)
            return true
        }
        var numbered: [(Int64, Purchase)] = []
        let columns = "transaction_id, client_id, merchant_id, mcc, bcc, amount_minor, made_on"
        try connection.statement("SELECT \(columns) FROM transactions").forEach([]) { row in
            let purchase = Purchase(
                client: row.text(1), company: companies[row.integer(2)] ?? "", mcc: row.integer(3), bcc: row.text(4),
                amount: row.integer(5),
                day: row.text(6))
            numbered.append((row.integer(0), purchase))
            return true
        }
        purchases = numbered.sorted { ($0.1.day, $0.0) < ($1.1.day, $1.0) }.map(\.1)
    }
}
