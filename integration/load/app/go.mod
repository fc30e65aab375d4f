module teal.test/load-app

go 1.21
