import HindsightCore
import SQLiteConnection

/// Makes the database that example notebooks read: a loyalty programme's clients, merchants and purchases.
package enum TransactionsDatabase {
    /// Makes the database where there is none; the same seed and sizes give the same rows.
    ///
    /// It appears at `path` complete or not at all: it is filled under another name and renamed.
    package static func generate(at path: String, seed: UInt64, transactions: Int = 100_000, clients: Int = 5_000) throws {
        guard !AudienceFiles.exists(path) else { return }
        let unfinished = path + ".part"
        try AudienceFiles.remove(unfinished)
        let connection = try Connection(path: unfinished, mode: .create)
        defer { connection.close() }
        try connection.execute(schema)
        var chance = SeededChance(seed: seed)
        try connection.transaction(.immediate) {
            try fillClients(clients, connection, &chance)
            let merchants = try fillMerchants(connection, &chance)
            try fillTransactions(transactions, clients: clients, merchants, connection, &chance)
        }
        try connection.execute("CREATE INDEX transactions_by_client ON transactions (client_id); PRAGMA optimize")
        connection.close()
        try AudienceFiles.rename(unfinished, to: path)
    }

    /// The clients who do not want to be addressed, one id on a line, in order.
    package static func optOuts(in path: String) throws -> String {
        let connection = try Connection(path: path, mode: .readOnly)
        defer { connection.close() }
        var lines = "client_id\n"
        try connection.statement("SELECT client_id FROM clients WHERE opted_out = 1 ORDER BY client_id").forEach([]) { row in
            lines += row.text(0) + "\n"
            return true
        }
        return lines
    }

    private static let schema = """
        CREATE TABLE clients (
            client_id TEXT PRIMARY KEY, region TEXT NOT NULL, segment TEXT NOT NULL, opted_out INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE merchants (
            merchant_id INTEGER PRIMARY KEY, company TEXT NOT NULL, name TEXT NOT NULL, mcc INTEGER NOT NULL, bcc TEXT NOT NULL);
        CREATE TABLE transactions (
            transaction_id INTEGER PRIMARY KEY, client_id TEXT NOT NULL, merchant_id INTEGER NOT NULL, mcc INTEGER NOT NULL,
            bcc TEXT NOT NULL, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, made_on TEXT NOT NULL);
        """

    private struct Merchant {
        let id: Int
        let mcc: Int
        let bcc: String
        /// A usual purchase, in kopecks.
        let amount: Int
    }

    /// Merchant category codes with the bank's own category, and what a purchase there usually costs in kopecks.
    private static let categories: [(mcc: Int, bcc: String, amount: Int)] = [
        (5411, "B01", 120_000), (5499, "B01", 60_000), (5541, "B02", 250_000), (5912, "B03", 90_000), (5651, "B04", 450_000),
        (5732, "B05", 1_500_000), (5945, "B06", 220_000), (5811, "B07", 300_000), (5812, "B07", 180_000), (5814, "B07", 45_000),
        (4121, "B08", 40_000), (7832, "B09", 70_000),
    ]

    /// Names as merchants write them, hostile to anything that builds SQL, CSV or shell out of text.
    private static let companies = [
        "O'Hara & Sons, \"Best\" Coffee", "ООО «Ромашка, и Ко»", "Кофейня \"У дома\", ИП Д'Арк", "Магазин; DROP TABLE clients; --",
        "Пятёрочка", "Ёлки-палки, 24/7", "Café “Zürich”, GmbH", "L'Étoile, S.A.", "$(reboot) & `Söhne`", "100% Cotton\\Store",
        "Аптека №1, «36,6»",
        "АЗС «Топливо»", "Такси \"Вези\"", "Кино, вино и домино", "{job} {{template}}", "Книги\tи табуляция", "Ozon", "М.Видео",
        "Детский мир", "ВкусВилл",
    ]

    private static let regions = ["Москва", "Санкт-Петербург", "Казань", "Екатеринбург", "Новосибирск", "Ростов-на-Дону"]
    private static let segments = ["mass", "mass", "mass", "mass", "affluent", "affluent", "premium"]

    private static func clientID(_ number: Int) -> String {
        let digits = String(number)
        return "C" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    private static func fillClients(_ count: Int, _ connection: Connection, _ chance: inout SeededChance) throws {
        for number in 1...count {
            try connection.run(
                "INSERT INTO clients VALUES (?, ?, ?, ?)", .text(clientID(number)), .text(chance.pick(regions)),
                .text(chance.pick(segments)), .integer(chance.below(20) == 0 ? 1 : 0))
        }
    }

    private static func fillMerchants(_ connection: Connection, _ chance: inout SeededChance) throws -> [Merchant] {
        try (1...300).map { id in
            let category = chance.pick(categories)
            let company = companies[(id - 1) % companies.count]
            try connection.run(
                "INSERT INTO merchants VALUES (?, ?, ?, ?, ?)", .integer(Int64(id)), .text(company), .text("\(company) №\(id)"),
                .integer(Int64(category.mcc)), .text(category.bcc))
            return Merchant(id: id, mcc: category.mcc, bcc: category.bcc, amount: category.amount)
        }
    }

    /// Half a year of purchases. Some clients buy far more than others, as everywhere.
    private static func fillTransactions(
        _ count: Int, clients: Int, _ merchants: [Merchant], _ connection: Connection, _ chance: inout SeededChance
    ) throws {
        let firstDay = CivilDate(year: 2026, month: 1, day: 1).daysSince1970
        for number in 1...count {
            let client = min(chance.below(clients), chance.below(clients)) + 1
            let merchant = chance.pick(merchants)
            let amount = merchant.amount / 4 + chance.below(merchant.amount * 3 / 2)
            let day = Timestamp(microsecondsSince1970: (firstDay + Int64(chance.below(181))) * 86_400_000_000).description.prefix(10)
            try connection.run(
                "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, 'RUB', ?)", .integer(Int64(number)), .text(clientID(client)),
                .integer(Int64(merchant.id)), .integer(Int64(merchant.mcc)), .text(merchant.bcc), .integer(Int64(amount)),
                .text(String(day)))
        }
    }
}
